/** Who a publication is for, of those who are subscribed. */
import type { Audience, Receivers } from '../contract/publication.ts';
import type { Session } from './session.ts';

/** The role of those who are not signed in. */
export const anonymousRole = 'anonymous';

/** Whether a session may get a publication with this audience. */
export function isFor(audience: Audience | undefined, session: Session): boolean {
  if (audience === undefined) return true;
  const { except, only } = audience;
  if (except !== undefined && (isIn(except.sessions, session.id) || isOneOf(except, session))) return false;
  return only === undefined || isInAll(only, session);
}

/** The role of a session's user. */
export function roleOf({ user }: Pick<Session, 'user'>): string {
  return user === undefined ? anonymousRole : (user.role ?? 'user');
}

function isOneOf({ users, roles }: Receivers, session: Session): boolean {
  return isIn(users, session.user?.id) || (roles?.includes(roleOf(session)) ?? false);
}

function isInAll({ sessions, users, roles }: Receivers, session: Session): boolean {
  if (sessions !== undefined && !sessions.includes(session.id)) return false;
  if (users !== undefined && !isIn(users, session.user?.id)) return false;
  return roles === undefined || roles.includes(roleOf(session));
}

function isIn<T>(list: readonly T[] | undefined, value: T | undefined): boolean {
  return list !== undefined && value !== undefined && list.includes(value);
}
