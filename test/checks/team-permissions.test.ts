import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MANAGED_ROLES, TEAM_PERMISSIONS, TEAM_ROLES } from '#shared/team-permissions';

const PAGE = readFileSync(new URL('../../docs/API.md', import.meta.url), 'utf8');

describe('the table of team roles', () => {
  it('stands in docs/API.md as it is in the code', () => {
    const [head = [], ...rows] = tableAfter('| permission | lets |');
    expect(head.slice(2)).toEqual(TEAM_ROLES);
    const documented = rows.map(([permission, , ...marks]) => [
      permission,
      head.slice(2).filter((_, column) => marks[column] === 'yes'),
    ]);
    const inForce = Object.entries<readonly string[]>(TEAM_PERMISSIONS);
    expect(documented).toEqual(inForce.map(([name, roles]) => [`\`${name}\``, [...roles]]));
  });

  it('lets nobody give or take a role above their own', () => {
    for (const role of TEAM_ROLES) {
      const above = new Set<string>(TEAM_ROLES.slice(0, TEAM_ROLES.indexOf(role)));
      expect(MANAGED_ROLES[role].filter((managed) => above.has(managed))).toEqual([]);
    }
  });

  it('gives each role whatever a lesser one has', () => {
    for (const roles of Object.values<readonly string[]>(TEAM_PERMISSIONS)) {
      expect(roles).toEqual(TEAM_ROLES.slice(0, roles.length));
    }
  });
});

/** The cells of the table that begins with this text, without the line under its head. */
function tableAfter(start: string): readonly (readonly string[])[] {
  const lines = PAGE.slice(PAGE.indexOf(start)).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines
    .slice(0, end)
    .filter((line) => !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
