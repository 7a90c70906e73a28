/** Who a publication is for, of those who are subscribed. */
import type { Audience, Receivers } from './publication.ts';
import type { Session } from './session.ts';

/** The role of those who are not signed in. */
export const anonymousRole = 'anonymous';

/** Whether a session may get a publication with this audience. */
export function isFor(audience: Audience | undefined, session: Session): boolean {
  if (audience === undefined) return true;
  const { except, only } = audience;
  if (except !== undefined && lookUp(except, session).includes(true)) return false;
  return only === undefined || !lookUp(only, session).includes(false);
}

/** The role of a session's user. */
export function roleOf({ user }: Session): string {
  return user === undefined ? anonymousRole : (user.role ?? 'user');
}

/** For each list that is there, whether the session is in it. */
function lookUp({ sessions, users, roles }: Receivers, session: Session): boolean[] {
  const found: boolean[] = [];
  if (sessions !== undefined) found.push(sessions.includes(session.id));
  if (users !== undefined) found.push(session.user !== undefined && users.includes(session.user.id));
  if (roles !== undefined) found.push(roles.includes(roleOf(session)));
  return found;
}
