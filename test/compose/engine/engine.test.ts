// Connecting to an engine: a server that answers like one stands in for it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import url from 'node:url';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { connectEngine } from '../../../compose/engine/engine.ts';
import { FIRST_ANSWERS } from './stranger.ts';

afterEach(() => void vi.restoreAllMocks());

test('an engine over TCP is asked by its own name, and without what Node warns of', async () => {
  const warned = [vi.spyOn(url, 'parse'), vi.spyOn(url, 'resolve')];
  const heard: (string | undefined)[] = [];
  const server = createServer(({ url: path, headers }, answer) => {
    heard.push(path, headers.host);
    answer.setHeader('Content-Type', 'application/json').end(JSON.stringify(FIRST_ANSWERS));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const engine = await connectEngine({ host: `tcp://${host}` });
  expect(engine.facts).toMatchObject({ apiVersion: '1.41', endpoint: { kind: 'tcp' } });
  expect(new Set(heard)).toEqual(new Set(['/version', '/info', host]));
  for (const spy of warned) expect(spy).not.toHaveBeenCalled();
  server.closeAllConnections();
  server.close();
});
