import { expect, test } from 'vitest';
import { planSetup } from '../../../compose/setup/plan.ts';
import type { SetupFacts } from '../../../compose/setup/plan.ts';

const FIT: SetupFacts = {
  platform: 'linux',
  distribution: 'debian 12',
  isRoot: true,
  engine: 'answers',
  address: 'unix:///var/run/docker.sock',
  isDefaultAddress: true,
  hasDaemon: true,
  missingImages: [],
};

const steps = (facts: Partial<SetupFacts>): readonly string[] =>
  planSetup({ ...FIT, ...facts }).steps.map(({ kind }) => kind);

test.each<[string, Partial<SetupFacts>, readonly string[]]>([
  ['all is there', {}, []],
  ['images are missing', { missingImages: ['node'] }, ['make-images']],
  ['images are missing and this is not root', { missingImages: ['node'], isRoot: false }, ['make-images']],
  ['the engine is not running', { engine: 'silent' }, ['start-engine']],
  [
    'there is no engine',
    { engine: 'silent', hasDaemon: false, missingImages: ['node'] },
    ['install-engine', 'start-engine', 'make-images'],
  ],
  ['there is an engine but no apt-get', { engine: 'silent', distribution: undefined }, ['start-engine']],
])('when %s, the steps are %s %s', (_, facts, expected) => {
  expect(steps(facts)).toEqual(expected);
});

test.each<[string, Partial<SetupFacts>, string]>([
  ['the user may not use the engine', { engine: 'refused', isRoot: false }, 'usermod -aG docker'],
  ['the address is not that of a local engine', { engine: 'silent', isDefaultAddress: false }, 'unset DOCKER_HOST'],
  ['this is no Linux', { engine: 'silent', platform: 'darwin' }, 'Docker Desktop'],
  [
    'there is no apt-get to install with',
    { engine: 'silent', hasDaemon: false, distribution: undefined },
    'package manager',
  ],
  ['the user may not install', { engine: 'silent', hasDaemon: false, isRoot: false }, 'sudo apt-get install docker.io'],
  ['the user may not start the engine', { engine: 'silent', isRoot: false }, 'sudo systemctl start docker'],
])('when %s, nothing is done and the hint says what to type', (_, facts, hint) => {
  const plan = planSetup({ ...FIT, ...facts });
  expect(plan.steps).toEqual([]);
  expect(plan.obstacle?.hint).toContain(hint);
});

test('an engine elsewhere that does not answer is told with the cause', () => {
  const { obstacle } = planSetup({
    ...FIT,
    engine: 'silent',
    isDefaultAddress: false,
    address: 'tcp://box:1',
    cause: 'connect ECONNREFUSED',
  });
  expect(obstacle?.message).toBe(
    'The engine at tcp://box:1 does not answer (connect ECONNREFUSED), and only you know how it is started.',
  );
});
