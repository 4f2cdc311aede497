// The scenarios that come with txlab: all are sound, and each claims what two-phase commit must show at its fault point.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findScenario, loadCatalog } from '../../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { ofCatalog, readScenario } from '../../support/catalog.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { formatStep } from '../../../nodes/contract/step.ts';

/** Who stays blocked, or how many. */
type Blocked = readonly string[] | number;
const isClaimed = (blocked: Blocked) => typeof blocked === 'number' || blocked.length > 0;

const P1 = 'participant-1';
const P2 = 'participant-2';

describe('the catalog', () => {
  // Where the fault comes, what becomes of its transaction, who is blocked on it, and what its client is told.
  test.each([
    [
      'coordinator-crash-before-prepare',
      'coordinator before send prepare to first',
      'abort',
      [],
      'unknown',
      'in flight',
    ],
    [
      'coordinator-crash-between-prepares',
      'coordinator before send prepare to last',
      'abort',
      1,
      'unknown',
      'in flight',
    ],
    ['coordinator-crash-before-decision', 'coordinator before force commit', 'abort', [P1, P2], 'unknown', 'in doubt'],
    ['coordinator-crash-after-decision', 'coordinator after force commit', 'commit', [P1, P2], 'unknown', 'in doubt'],
    ['coordinator-crash-between-commits', 'coordinator before send commit to last', 'commit', 1, 'unknown', 'in doubt'],
    ['coordinator-crash-after-commits', 'coordinator after send commit to last', 'commit', [], 'unknown', 'none'],
    ['participant-crash-before-prepared', 'participant-2 before force prepared', 'abort', [], 'failed', 'in flight'],
    ['participant-crash-after-prepared', 'participant-2 after force prepared', 'abort', [], 'failed', 'in doubt'],
    ['participant-crash-after-vote', 'participant-2 after send vote yes', 'commit', [], 'ok', 'in doubt'],
    ['participant-crash-before-commit-record', 'participant-2 before force commit', 'commit', [], 'ok', 'in doubt'],
    ['inventory-crash-before-decision', 'coordinator before force commit', 'abort', [P1, P2], 'unknown', 'in doubt'],
    ['inventory-crash-after-decision', 'coordinator after force commit', 'commit', [P1, P2], 'unknown', 'in doubt'],
    ['inventory-warehouse-dies-in-doubt', 'participant-2 after send vote', 'commit', [], 'ok', 'in doubt'],
  ])('%s kills the %s: %s, blocked %j, client %s', (name, step, decision, blocked, client, stake) => {
    const plan = makePlan(ofCatalog(name), 1);
    const lasts = isClaimed(blocked) ? '1.6s' : '1.3s';
    expect(plan.faults).toMatchObject([{ text: `kill ${step} of transaction 20 then restart after ${lasts}`, stake }]);
    expect(plan.expect).toEqual({
      target: { decision, blocked, client },
      properties: { 'non-blocking': isClaimed(blocked) ? 'violated' : 'holds' },
    });
  });

  // The cells that other variants, cuts, pauses and dying clients add: the first fault, and what its transaction comes to.
  test.each<[name: string, step: string, decision: 'commit' | 'abort' | undefined, blocked: Blocked, stake: string]>(
    // prettier-ignore
    [
      ['cooperative-crash-before-decision', 'coordinator before force commit', 'abort', [P1, P2], 'in doubt'],
      ['cooperative-crash-between-commits', 'coordinator before send commit to last', 'commit', [], 'none'],
      ['cooperative-crash-between-prepares', 'coordinator before send prepare to last', 'abort', [], 'in flight'],
      ['cooperative-crash-and-cut-apart', 'coordinator before send commit to last', 'commit', [P2], 'none'],
      ['cooperative-participant-cut-off-before-decision', 'coordinator before force commit', 'commit', [P2], 'in doubt'],
      ['coordinator-cut-off-before-decision', 'coordinator before force commit', 'commit', [P1, P2], 'in doubt'],
      ['coordinator-cut-off-before-votes', 'participant-1 before send vote', 'abort', [P1, P2], 'in flight'],
      ['coordinator-cut-off-while-paused', 'coordinator before force commit', 'commit', [P1, P2], 'in doubt'],
      ['coordinator-paused-before-decision', 'coordinator before force commit', 'commit', [P1, P2], 'in doubt'],
      ['coordinator-paused-before-votes', 'participant-1 before send vote', undefined, [P1, P2], 'in flight'],
      ['coordinator-paused-before-votes-data-first', 'coordinator before receive vote from participant-2', 'commit', [P1, P2], 'in flight'],
      ['participant-cut-off-before-decision', 'coordinator before force commit', 'commit', [P2], 'in doubt'],
      ['participant-deaf-before-decision', 'coordinator before force commit', 'commit', [P2], 'in doubt'],
      ['participant-unheard-before-decision', 'coordinator before force commit', 'commit', [], 'in doubt'],
      ['client-crash-before-decision', 'coordinator before force commit', 'commit', [], 'in doubt'],
      ['every-message-lost-once', 'coordinator before send prepare to participant-1', 'abort', [], 'in flight'],
      ['presumed-commit-crash-before-prepare', 'coordinator before send prepare to first', 'abort', [], 'in flight'],
      ['presumed-commit-crash-between-prepares', 'coordinator before send prepare to last', 'abort', 1, 'in flight'],
      ['presumed-commit-crash-before-decision', 'coordinator before force commit', 'abort', [P1, P2], 'in doubt'],
      ['presumed-commit-crash-after-decision', 'coordinator after force commit', 'commit', [P1, P2], 'in doubt'],
      ['presumed-commit-participant-crash-after-vote', 'participant-2 after send vote yes', 'commit', [], 'in doubt'],
      ['presumed-commit-participant-crash-before-commit-record', 'participant-2 before append commit', 'commit', [], 'in doubt'],
      ['presumed-nothing-participant-crash-after-prepared', 'participant-2 after force prepared', 'abort', [], 'in doubt'],
    ],
  )('%s hits at %s: %s, blocked %j', (name, step, decision, blocked, stake) => {
    const [first, ...others] = makePlan(ofCatalog(name), 1).faults;
    expect(first?.when.at === 'step' && formatStep(first.when.step)).toBe(step);
    expect(first).toMatchObject({ stake, when: { nth: 20 } });
    expect(ofCatalog(name).expect.target).toMatchObject({ ...(decision && { decision }), blocked });
    expect(ofCatalog(name).expect.target?.decision).toBe(decision);
    if (name !== 'every-message-lost-once')
      expect(others.every(({ when }) => 'nth' in when && when.nth === 'same')).toBe(true);
  });

  // Tables A1 to A3 of three-phase commit: commit, abort, or both where nodes differ. By protocol: timeouts alone, election, quorums.
  test.each([
    ['crash-before-prepare', 'coordinator before send prepare to first', 'abort', 'abort', 'abort'],
    ['crash-between-prepares', 'coordinator before send prepare to last', 'abort', 'abort', 'abort'],
    ['crash-before-precommit', 'coordinator before send precommit to first', 'abort', 'abort', 'abort'],
    ['crash-before-own-precommit', 'coordinator before force precommit', null, null, 'abort'],
    ['crash-between-precommits', 'coordinator before send precommit to last', 'both', 'commit', 'commit'],
    ['crash-after-precommits', 'coordinator after send precommit to last', 'commit', 'commit', 'commit'],
    ['crash-after-decision', 'coordinator after force commit', 'commit', 'commit', 'commit'],
    ['crash-between-commits', 'coordinator before send commit to last', 'commit', 'commit', 'commit'],
    ['crash-after-commits', 'coordinator after send commit to last', 'commit', 'commit', 'commit'],
    ['participant-crash-before-prepared', 'participant-2 before force prepared', 'abort', 'abort', 'abort'],
    ['participant-crash-after-prepared', 'participant-2 after force prepared', 'abort', 'abort', 'abort'],
    ['participant-crash-after-vote', 'participant-2 after send vote yes', 'both', 'commit', 'commit'],
    ['participant-crash-before-commit-record', 'participant-2 before force commit', 'commit', 'commit', 'commit'],
    ['cut-off-before-votes', 'participant-1 before send vote', 'abort', 'abort', null],
    ['cut-off-before-precommit', 'coordinator before send precommit to first', 'both', 'both', 'abort'],
    ['cut-off-after-precommits', 'coordinator before force commit', 'commit', 'commit', null],
    ['participant-cut-off-before-precommit', 'coordinator before send precommit to first', 'both', 'both', 'commit'],
    ['participant-cut-off-after-precommits', 'coordinator before force commit', 'commit', 'commit', null],
    ['paused-before-precommit', 'coordinator before send precommit to first', 'both', 'both', 'abort'],
    ['paused-after-precommits', 'coordinator before force commit', 'commit', 'commit', null],
    ['crash-and-partition-between-precommits', 'coordinator before send precommit to last', null, 'both', 'commit'],
    ['late-precommit', 'coordinator before send precommit to first', null, 'both', null],
  ])('three-phase %s, at %s, ends in %s, %s, %s', (slug, step, ...ends) => {
    for (const [index, protocol] of ['3pc-timeout', '3pc', '3pc-quorum'].entries()) {
      const end = ends[index] ?? null;
      const name = `${protocol}-${slug}`;
      if (end === null) {
        expect(loadCatalog().map((entry) => entry.name)).not.toContain(name);
        continue;
      }
      const { faults, expect: claim } = makePlan(ofCatalog(name), 1);
      const { when } = faults[0] ?? {};
      expect(when).toMatchObject({ at: 'step', nth: 20 });
      expect(when?.at === 'step' && formatStep(when.step)).toBe(step);
      expect(claim.target?.decision, name).toBe(end === 'both' ? undefined : end);
      expect(claim.properties.atomicity, name).toBe(end === 'both' ? 'violated' : undefined);
      // Only the one with quorums may block; the other two promise not to, and are held to it.
      const isBlocked = isClaimed(claim.target?.blocked ?? []);
      expect(claim.properties['non-blocking'], name).toBe(isBlocked ? 'violated' : 'holds');
      expect(isBlocked && protocol !== '3pc-quorum', name).toBe(false);
    }
  });

  test('loses each message of a transaction once, on each link', () => {
    const { faults } = makePlan(ofCatalog('every-message-lost-once'), 1);
    const steps = faults.map(({ when }) => (when.at === 'step' ? formatStep(when.step) : ''));
    expect(steps).toEqual([
      ...[P1, P2].map((node) => `coordinator before send prepare to ${node}`),
      ...[P1, P2].map((node) => `${node} before send vote`),
      ...[P1, P2].map((node) => `coordinator before send commit to ${node}`),
      ...[P1, P2].map((node) => `${node} before send ack`),
    ]);
    expect(faults.every(({ fault }) => fault.do === 'cut' && fault.oneWay)).toBe(true);
  });

  test.each([
    ['late-prepare', ['delay prepare to participant-2'], { decision: 'abort', blocked: [], client: 'failed' }],
    ['slow-prepare', ['delay prepare to participant-2'], { decision: 'commit', blocked: [], client: 'ok' }],
    ['lost-acknowledgements', ['drop ack from participant-1'], { decision: 'commit', blocked: [], client: 'ok' }],
    [
      'late-commit',
      ['delay commit to participant-2', 'delay outcome to participant-2'],
      { decision: 'commit', blocked: [P2], client: 'ok' },
    ],
    ['duplicated-votes', ['duplicate vote'], undefined],
  ])('meddles with messages in %s: %j', (name, beginnings, target) => {
    const { faults, expect: claim } = makePlan(ofCatalog(name), 1);
    expect(faults).toHaveLength(beginnings.length);
    for (const [index, { text }] of faults.entries())
      expect(text.startsWith(beginnings[index] ?? '?'), text).toBe(true);
    expect(claim.target).toEqual(target);
  });

  test('breaks references by the same faults that locked reads withstand', () => {
    const [broken, safe] = ['references-read-only-vote', 'references-locked-reads'].map((name) =>
      makePlan(ofCatalog(name), 1),
    );
    expect(broken?.faults).toEqual(safe?.faults);
    expect([broken?.protocol, safe?.protocol]).toEqual(['2pc', '2pc-presumed-nothing']);
    expect([broken, safe].map((plan) => plan?.expect.properties['references'])).toEqual(['violated', 'holds']);
  });

  test.each([
    'two-phase-baseline',
    'two-phase-read-only',
    'inventory-baseline',
    'references-baseline',
    'references-customers-are-soon-gone',
    '3pc-timeout-baseline',
    '3pc-baseline',
    '3pc-quorum-baseline',
  ])('has a run without any fault, in which everything holds: %s', (name) => {
    const plan = makePlan(ofCatalog(name), 1);
    expect(plan.faults).toEqual([]);
    expect(plan.expect.target).toBeUndefined();
    expect(new Set(Object.values(plan.expect.properties))).toEqual(new Set(['holds']));
  });

  test('claims blocking only where nobody else could be blocked by chance, or where it is claimed', () => {
    for (const { name } of loadCatalog()) {
      const { faults, expect: claim, workload } = ofCatalog(name);
      const stopsCoordinator = faults.some(({ fault }) => fault.do === 'kill' && fault.node === 'coordinator');
      if (stopsCoordinator && claim.properties['non-blocking'] === 'holds') expect(workload.clients, name).toBe(1);
    }
  });

  const names = loadCatalog().map(({ name }) => name);

  test('restarts a participant that is in doubt while nobody can tell it', () => {
    const { faults, expect: claim } = makePlan(ofCatalog('participant-restarts-while-coordinator-is-away'), 1);
    expect(faults.map(({ fault, then }) => [fault, then.afterMs])).toEqual([
      [{ do: 'kill', node: 'coordinator' }, 3500],
      [{ do: 'kill', node: P2 }, 300],
    ]);
    expect(claim.target).toEqual({ decision: 'abort', blocked: [P1, P2], client: 'unknown' });
  });

  test.each(names)('%s is named as its file, says why, and where it was published', (name) => {
    const { title, because, reference, ...rest } = ofCatalog(name);
    expect(rest.name).toBe(name);
    expect([title, because, reference]).not.toContain('');
  });

  test.each(names)('%s gives the same plan twice', (name) => {
    expect(JSON.stringify(makePlan(ofCatalog(name), 42))).toBe(JSON.stringify(makePlan(readScenario(name), 42)));
  });
});

describe('a scenario', () => {
  test('that is not in the catalog is refused, with the nearest name', () => {
    expect(findScenario('coordinator-crash-before-descision')).toMatchObject({
      ok: false,
      problems: [{ found: 'coordinator-crash-before-descision', nearest: 'coordinator-crash-before-decision' }],
    });
  });

  test('may be a file of one’s own', () => {
    const folder = tempFolder('txlab-scenario-');
    const file = join(folder, 'mine.yaml');
    writeFileSync(file, 'version: 1\nname: mine\ntitle: Mine\nprotocol: 2pc\n');
    expect(findScenario(file)).toMatchObject({ ok: true, value: { name: 'mine' } });
    rmSync(folder, { recursive: true });
    expect(findScenario(file)).toMatchObject({
      ok: false,
      problems: [{ where: { source: file }, message: expect.stringContaining('cannot be read') as string }],
    });
  });

  test('takes what the command line changes', () => {
    expect(findScenario('coordinator-crash-before-decision', { participants: 3 })).toMatchObject({
      ok: true,
      value: { topology: { participants: 3 } },
    });
    expect(findScenario('coordinator-crash-before-decision', { participants: 30 })).toMatchObject({
      ok: false,
      problems: [{ where: { source: '--participants' } }],
    });
  });
});
