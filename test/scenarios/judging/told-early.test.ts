// What nodes said before the record that it stands on was on disk.

import { describe, expect, it } from 'vitest';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { toldEarly } from '../../../scenarios/judging/told-early.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';

const T = 'coordinator.1.1';
const both = ['participant-1', 'participant-2'] as const;
const forced = { coordinator: ['commit'], participant: ['prepared', 'commit'] };

const begun = () => new HistoryBuilder().invoked('op-1').began(T, 'op-1');
const tells = (word: string): TraceBody => ({
  kind: 'sent',
  to: nodeId('participant-1'),
  message: { word, about: tx(T) },
});
const answersOk: TraceBody = {
  kind: 'answered',
  way: 'out',
  peer: nodeId('client'),
  op: opId('op-1'),
  word: 'ok',
};

describe('it is seen that a node', () => {
  it('tells a client ok before the commit is on disk', () => {
    const h = begun()
      .prepared(T, ...both)
      .trace('coordinator', answersOk)
      .decided(T, 'commit', 'coordinator', ...both);
    expect(toldEarly(h.build(), { forced })).toEqual([
      `coordinator said ok of ${T} before its commit record was on disk, which 2pc forces.`,
    ]);
  });

  it('tells a participant commit before the commit is on disk', () => {
    const h = begun()
      .prepared(T, ...both)
      .trace('coordinator', tells('commit'))
      .decided(T, 'commit', 'coordinator');
    expect(toldEarly(h.build(), { forced })).toEqual([
      `coordinator said commit of ${T} before its commit record was on disk, which 2pc forces.`,
    ]);
  });

  it('votes yes before its promise is on disk', () => {
    const h = begun()
      .votes(T, 'yes', 'participant-1')
      .prepared(T, ...both);
    expect(toldEarly(h.build(), { forced })).toEqual([
      `participant-1 said yes of ${T} before its prepared record was on disk, which 2pc forces.`,
    ]);
  });
});

describe('nothing is said against a node', () => {
  it('that writes first', () => {
    const h = begun()
      .prepared(T, ...both)
      .votes(T, 'yes', ...both)
      .decided(T, 'commit', 'coordinator')
      .trace('coordinator', tells('commit'))
      .trace('coordinator', answersOk);
    expect(toldEarly(h.build(), { forced })).toEqual([]);
  });

  it('whose protocol does not force that record', () => {
    const h = begun().trace('coordinator', tells('abort')).decided(T, 'abort', 'coordinator');
    expect(toldEarly(h.build(), { forced })).toEqual([]);
  });

  it('when the history does not say what is forced', () => {
    const h = begun().votes(T, 'yes', 'participant-1').prepared(T, 'participant-1');
    expect(toldEarly(h.build(), {})).toEqual([]);
  });

  it('whose log held the record, though a kill took its line from the trace', () => {
    const promise = { mark: 'prepared', word: 'prepared', about: tx(T) } as const;
    const h = begun()
      .untraced('participant-1', promise)
      .kill('participant-1')
      .restart('participant-1')
      .votes(T, 'yes', 'participant-1')
      .prepared(T, 'participant-1');
    expect(toldEarly(h.build(), { forced })).toEqual([]);
  });
});
