import { expect, it } from 'vitest';
import { listQuery, pageRequest, presentPage, sortOf, text, uuid } from './schema-parts.ts';

const Query = listQuery({ sort: ['created_at', 'name'], default: '-created_at' });

it('lists twenty from the first page in the default order', () => {
  const query = Query.parse({});
  expect(pageRequest(query)).toEqual({ page: 1, pageSize: 20 });
  expect(sortOf(query)).toEqual({ column: 'created_at', direction: 'desc' });
});

it('takes page, size and order from the query', () => {
  const query = Query.parse({ page: '3', page_size: '100', sort: 'name' });
  expect(pageRequest(query)).toEqual({ page: 3, pageSize: 100 });
  expect(sortOf(query)).toEqual({ column: 'name', direction: 'asc' });
});

it.each([
  { page: '0' },
  { page: '-1' },
  { page: '1.5' },
  { page: '1e400' },
  { page: '99999999999' },
  { page: 'x' },
  { page: ['1', '2'] },
  { page_size: '101' },
  { page_size: '0' },
  { sort: 'password' },
  { sort: '--name' },
  { sort: 'constructor' },
])('refuses the query %j', (query) => {
  expect(Query.safeParse(query).success).toBe(false);
});

it('keeps the offset of the last page inside a 32-bit integer', () => {
  const page = 21_474_836;
  expect(page * 100).toBeLessThan(2 ** 31);
  expect(Query.safeParse({ page }).success).toBe(true);
  expect(Query.safeParse({ page: page + 1 }).success).toBe(false);
});

it('presents each item of a page, and how many pages there are', () => {
  const page = { items: [1, 2], total: 5, page: 2, pageSize: 2 };
  expect(presentPage(page, (item) => `#${item}`)).toEqual({
    items: ['#1', '#2'],
    total: 5,
    page: 2,
    page_size: 2,
    total_pages: 3,
  });
});

it.each(['a\0b', '\ud800', 'x'.repeat(11)])('refuses the text %j', (value) => {
  expect(text(10).safeParse(value).success).toBe(false);
});

it.each(['not-an-id', '018f0000-0000-7000-8000-00000000000', ''])(
  'refuses the id "%s"',
  (value) => {
    expect(uuid().safeParse(value).success).toBe(false);
  },
);
