import { describe, expect, test } from '@jest/globals';

import { ACTIONS, PERMITTED, roleFor, ROLES } from '../../../domain/access/access.ts';

describe('The table of roles', () => {
  test('gives each role what it does, and each action to somebody', () => {
    for (const role of ROLES) expect(PERMITTED[role]).not.toEqual([]);
    for (const action of ACTIONS) expect(roleFor({ roles: ROLES }, action)).toBeDefined();
  });

  test('keeps apart who decides, who takes records out, and who stops automatic outcomes', () => {
    const rolesFor = (action: (typeof ACTIONS)[number]) => ROLES.filter((role) => PERMITTED[role].includes(action));
    expect(rolesFor('DECIDE_REVIEW')).toEqual(['reviewer', 'senior-reviewer']);
    expect(rolesFor('EXPORT_DECISION')).toEqual(['auditor']);
    expect(rolesFor('READ_IDENTITY')).toEqual(['auditor']);
    expect(rolesFor('SET_SWITCH')).toEqual(['officer', 'administrator']);
    expect(rolesFor('SUBMIT_APPLICATION')).toEqual(['front-end']);
  });

  test('lets nobody do anything without a role, and takes a person’s widest role before that of a front end', () => {
    for (const action of ACTIONS) expect(roleFor({ roles: [] }, action)).toBeUndefined();
    expect(roleFor({ roles: ROLES }, 'READ_STATUS')).not.toBe('front-end');
  });
});
