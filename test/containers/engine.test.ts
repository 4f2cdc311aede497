import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { audit, sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import type { Attached, ContainerSpec, Engine, EngineEvent } from '../../compose/engine/port.ts';
import { connectEngine } from '../../compose/engine/engine.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import type { EnsuredImage } from '../../compose/setup/images.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { ensureNodeProgramImage } from '../../compose/pods/program-image.ts';
import { packTar } from '../../compose/engine/tar.ts';
import { tempFolder } from '../support/temp-folder.ts';

const RUN = `engine-test-${process.pid}`;
const LABELS = runLabels(RUN, currentOwner());

let engine: Engine;
let sandbox: EnsuredImage;
let node: EnsuredImage;
let program: EnsuredImage;

/** Answers each line with the number of lines that its volume has seen, over all its lives. */
const PROGRAM = `import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
console.log(process.getuid());
for await (const line of createInterface({ input: process.stdin })) {
  appendFileSync('/data/log', line + '\\n');
  console.log(readFileSync('/data/log', 'utf8').split('\\n').length - 1);
}
`;

beforeAll(async () => {
  engine = await connectEngine();
  sandbox = await ensureImage(engine, 'sandbox');
  node = await ensureImage(engine, 'node');
  const file = join(tempFolder(), 'program.mjs');
  writeFileSync(file, PROGRAM);
  program = await ensureNodeProgramImage(engine, node, file);
});

afterEach(async () => {
  await sweepUntilClean(engine, LABELS, { quietMs: 0 });
});

afterAll(() => engine.removeImage(program.reference));

const spec = (name: string, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name: `txlab-${RUN}-${name}`,
  image: sandbox.id,
  labels: LABELS,
  network: { kind: 'none' },
  openStdin: true,
  ...more,
});

const HARDENED = { readOnlyRoot: true, capabilities: [], noNewPrivileges: true, pidsMax: 64 } as const;

/** Starts a container with its streams attached; `say` writes a line and answers the next line of its output. */
async function started(id: string) {
  const io = await engine.attach(id);
  io.stderr.resume();
  const lines = createInterface({ input: io.stdout })[Symbol.asyncIterator]();
  await engine.start(id);
  const next = async (): Promise<string> => String((await lines.next()).value);
  const say = (line: string): Promise<string> => {
    io.stdin.write(`${line}\n`);
    return next();
  };
  return { io, next, say };
}

async function shell(name: string, more: Partial<ContainerSpec> = {}) {
  const id = await engine.createContainer(spec(name, more));
  return { id, ...(await started(id)) };
}

async function ended(io: Attached): Promise<void> {
  if (!io.stdout.readableEnded) await once(io.stdout, 'end');
}

describe('a container', () => {
  test('is spoken to over its standard streams, from its first word on', async () => {
    const { say } = await shell('talk');
    expect(await say('echo $((6 * 7))')).toBe('42');
    expect(await say('echo $$')).toBe('1');
  });

  test('killed ends with 137, not by memory, and its output ends', async () => {
    const { id, io } = await shell('kill');
    const exit = engine.waitExit(id, 5_000);
    await engine.kill(id);
    expect(await exit).toMatchObject({ exitCode: 137, oomKilled: false });
    await ended(io);
    expect(await engine.inspect(id)).toMatchObject({ running: false, paused: false, exitCode: 137, pid: 0 });
    await expect(engine.waitExit(id, 5_000)).resolves.toMatchObject({ exitCode: 137 });
  });

  test('that takes more memory than it may is seen as killed for it', async () => {
    const { id, io } = await shell('oom', { memoryBytes: 8 << 20, entryPoint: ['/bin/sh'] });
    const exit = engine.waitExit(id, 20_000);
    io.stdin.write('x=0123456789abcdef; while :; do x=$x$x; done\n');
    expect(await exit).toMatchObject({ oomKilled: true });
  });

  test('gives and takes files while it is created, running, paused and stopped', async () => {
    const id = await engine.createContainer(spec('files'));
    const put = (content: string) => engine.putArchive(id, '/tmp', [{ kind: 'file', path: 'notes/a', content }]);
    const get = async () =>
      (await engine.getArchive(id, '/tmp/notes')).map(({ path, content }) => `${path} ${content.toString()}`);
    await put('created');
    expect(await get()).toEqual(['notes/a created']);
    const { say } = await started(id);
    expect(await say('cat /tmp/notes/a; echo')).toBe('created');
    await put('running');
    expect(await get()).toEqual(['notes/a running']);
    await engine.pause(id);
    await put('paused');
    expect(await get()).toEqual(['notes/a paused']);
    await engine.kill(id);
    await engine.waitExit(id, 5_000);
    await put('stopped');
    expect(await get()).toEqual(['notes/a stopped']);
  });

  test('is paused, resumed, started twice and removed twice without complaint where that is so', async () => {
    const { id, say } = await shell('pause');
    await engine.pause(id);
    expect(await engine.inspect(id)).toMatchObject({ running: true, paused: true });
    await expect(engine.pause(id)).rejects.toMatchObject({ code: 'object-failed', status: 409 });
    await engine.unpause(id);
    expect(await say('echo back')).toBe('back');
    await engine.start(id);
    await engine.pause(id);
    await Promise.all([engine.removeContainer(id), engine.removeContainer(id)]);
    await engine.removeContainer(id);
    await expect(engine.inspect(id)).rejects.toMatchObject({ status: 404 });
  });

  test('tells its story in events, in order', async () => {
    const seen: EngineEvent[] = [];
    const { promise: dead, resolve } = Promise.withResolvers<void>();
    await using watch = await engine.watchEvents(LABELS, (event) => {
      seen.push(event);
      if (event.action === 'die') resolve();
    });
    const { id } = await shell('events');
    await engine.pause(id);
    await engine.unpause(id);
    await engine.kill(id);
    await dead;
    expect(seen.map(({ action }) => action)).toEqual(['start', 'pause', 'unpause', 'kill', 'die']);
    expect(seen.at(-1)).toMatchObject({ container: id, name: `txlab-${RUN}-events`, exitCode: 137 });
    expect(seen.find(({ action }) => action === 'kill')).toMatchObject({ signal: 9 });
    expect(watch.ended).toBeInstanceOf(Promise);
  });
});

describe('a node', () => {
  test('without rights keeps its data through kill and start, and takes it along when removed', async () => {
    const pod = await shell('pod');
    const id = await engine.createContainer(
      spec('node', { ...HARDENED, image: program.id, network: { kind: 'container', id: pod.id } }),
    );
    for (const life of ['1', '2', '3']) {
      const { next, say } = await started(id);
      expect(await next()).toBe('65532');
      expect(await say(`life ${life}`)).toBe(life);
      const exit = engine.waitExit(id, 5_000);
      await engine.kill(id);
      await exit;
    }
    const [log] = await engine.getArchive(id, '/data/log');
    expect(log?.content.toString()).toBe('life 1\nlife 2\nlife 3\n');
  });

  test('has the image of its content, which is made once', async () => {
    const file = join(tempFolder(), 'program.mjs');
    writeFileSync(file, PROGRAM);
    expect(await ensureNodeProgramImage(engine, node, file)).toEqual({ ...program, source: 'present' });
    await expect(ensureNodeProgramImage(engine, node, '/nowhere.mjs')).rejects.toMatchObject({ code: 'setup-needed' });
  });
});

describe('a network', () => {
  test('gives each pod an address and a name, and is cut inside a pod', async () => {
    const name = `txlab-${RUN}`;
    await engine.createNetwork({ name, labels: LABELS });
    const network = (alias: string) => ({ kind: 'network', name, aliases: [alias] }) as const;
    const rights = { capabilities: ['NET_ADMIN', 'NET_RAW'] };
    const a = await shell('a', { ...rights, network: network('a') });
    const b = await shell('b', { ...rights, network: network('b') });
    const { ip } = await engine.inspect(b.id);
    expect(ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await a.say('ping -c 1 -W 2 b >/dev/null; echo $?')).toBe('0');
    expect(await b.say('iptables -w -A INPUT -i eth0 -j DROP; echo $?')).toBe('0');
    expect(await a.say(`ping -c 1 -W 1 ${ip} >/dev/null; echo $?`)).toBe('1');
    await expect(engine.createNetwork({ name, labels: LABELS })).rejects.toMatchObject({ status: 409 });
  });

  test('is found by label with everything else, and nothing is left after a sweep', async () => {
    const name = `txlab-${RUN}`;
    const network = await engine.createNetwork({ name, labels: LABELS });
    const { id } = await shell('left', { network: { kind: 'network', name } });
    await engine.pause(id);
    expect((await audit(engine, RUN)).map(({ kind }) => kind)).toEqual(['container', 'network']);
    const removed = await sweepUntilClean(engine, LABELS, { quietMs: 0 });
    expect(removed.map((object) => object.id)).toEqual([id, network]);
    expect(await audit(engine, RUN)).toEqual([]);
  });
});

describe('a failure', () => {
  test.each<[string, () => Promise<unknown>, object]>([
    [
      'of an absent container',
      () => engine.start('txlab-nobody'),
      {
        code: 'object-failed',
        status: 404,
        message: expect.stringMatching(/^start container txlab-nobody: /) as string,
      },
    ],
    [
      'of an absent image',
      () => engine.createContainer(spec('x', { image: 'txlab/none:1' })),
      { code: 'image-missing', ids: { container: `txlab-${RUN}-x` } },
    ],
    ['of a pull', () => engine.pullImage('txlab/none:1', { idleMs: 20_000 }), { code: 'image-failed' }],
    [
      'of a build, which comes inside the answer',
      () =>
        engine.buildImage(packTar([{ kind: 'file', path: 'Dockerfile', content: 'FROM scratch\nCOPY absent /\n' }]), {
          reference: 'txlab/none:1',
          labels: LABELS,
        }),
      { code: 'image-failed' },
    ],
    [
      'of an import',
      () => engine.importImage(packTar([]), { reference: 'txlab/none:1', changes: ['NONSENSE'] }),
      { code: 'image-failed' },
    ],
  ])('%s says what was attempted on what', async (_, attempt, expected) => {
    await expect(attempt()).rejects.toMatchObject({ name: 'LabError', ...expected });
  });

  test('is also a deadline that passes', async () => {
    const { id } = await shell('slow');
    await expect(engine.waitExit(id, 50)).rejects.toMatchObject({
      code: 'object-failed',
      message: expect.stringContaining('50 ms') as string,
    });
  });
});

describe('a connection', () => {
  test('to nothing, or to something that is no engine, is refused in words', async () => {
    await expect(connectEngine({ host: 'unix:///nowhere.sock' })).rejects.toMatchObject({
      code: 'engine-missing',
      hint: 'txlab setup',
    });
    await expect(connectEngine({ host: 'tcp://127.0.0.1:1' })).rejects.toMatchObject({ code: 'engine-missing' });
  });

  test('goes over TCP as well, and its loss in the middle of the work is seen', async () => {
    if (engine.facts.endpoint.kind !== 'socket') return;
    const { path } = engine.facts.endpoint;
    const sockets = new Set<Socket>();
    const proxy = createServer((from) => {
      const to = connect(path);
      for (const socket of [from, to]) {
        sockets.add(socket);
        socket.on('error', () => {});
      }
      from.pipe(to).pipe(from);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const far = await connectEngine({ host: `tcp://127.0.0.1:${port}` });
    expect(far.facts.apiVersion).toBe(engine.facts.apiVersion);
    const id = await far.createContainer(spec('far'));
    const io = await far.attach(id);
    await far.start(id);
    io.stdin.write('echo over\n');
    expect(String((await once(io.stdout, 'data'))[0])).toBe('over\n');
    const watch = await far.watchEvents(LABELS, () => {});
    const waiting = far.waitExit(id, 20_000);
    proxy.close();
    for (const socket of sockets) socket.destroy();
    await expect(waiting).rejects.toMatchObject({ code: 'engine-lost' });
    await expect(watch.ended).rejects.toMatchObject({ code: 'engine-lost' });
    await expect(far.inspect(id)).rejects.toMatchObject({ code: 'engine-lost' });
    expect(await far.ping()).toBe(false);
    await ended(io);
  });
});
