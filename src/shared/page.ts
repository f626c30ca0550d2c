/** Which page of a list is asked for; both count from one. */
export type PageRequest = { readonly page: number; readonly pageSize: number };

export type Page<T> = PageRequest & { readonly items: readonly T[]; readonly total: number };

export function pageOffset({ page, pageSize }: PageRequest): number {
  return (page - 1) * pageSize;
}
