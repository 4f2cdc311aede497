// Follows what is known of locks and of those who keep them: two that hold one, and who leads an ensemble.

import { sharedLock } from './lease-phrases.ts';
import { say } from './say.ts';
import type { Feed } from '../../scenarios/run/run.ts';
import type { Model } from './model.ts';

/** Who leads now is said when it is another than before. */
export function followLeader(model: Model, { role, leader }: Extract<Feed, { kind: 'leader' }>): void {
  const servers = new Set(model.plan.nodes.flatMap((node) => (node.role === role ? [node.id] : [])));
  const before = model.nodes.find(({ id, leads }) => leads && servers.has(id))?.id ?? null;
  if (leader === before) return;
  for (const node of model.nodes) if (servers.has(node.id)) node.leads = node.id === leader;
  say(model, 'leader', leader === null ? `nobody leads ${role}` : `${leader} leads ${role}`, 'cyan');
}

/** Said once of each lock that two hold, until they do no longer. */
export function followShared(model: Model): void {
  const shared = sharedLock(model);
  if (shared && shared.text !== model.shared) say(model, 'overlap', shared.text.replace('✗ ', ''), 'red');
  model.shared = shared?.text ?? null;
}
