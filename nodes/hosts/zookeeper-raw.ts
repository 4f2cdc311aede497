// How a node asks a ZooKeeper ensemble by node-zookeeper-client as it comes: nothing is added that the library lacks, no time limit, no look at
// a server that is silent, no other client when the session has expired.

import { createClient } from 'node-zookeeper-client';
import type { Socket } from 'node:net';
import { storeAsks } from './store-asks.ts';
import { answerIn, perform } from './zookeeper-operations.ts';
import type { ZooKeeperRequest } from '../stores/zookeeper.ts';
import type { OpenClient } from './store-client.ts';

export const openRawZooKeeper: OpenClient = ({ addresses, setup: { timeouts }, root }, events) => {
  const { session: sessionTimeout = 2000 } = timeouts;
  const client = createClient(addresses.join(), { sessionTimeout });
  const { connectionManager } = client as unknown as { readonly connectionManager: { readonly socket?: Socket } };
  let isConnected = false;
  client.on('connected', () => (isConnected = true));
  client.on('disconnected', () => (isConnected = false));
  client.connect();
  return storeAsks<ZooKeeperRequest>(
    {
      // The library queues what is asked while there is no connection.
      state: 'open',
      get socket() {
        return isConnected ? connectionManager.socket : undefined;
      },
      withinMs: () => undefined,
      send: (request, end) =>
        perform(client, request, {
          // It calls back while it is asked, where its connection is gone for good.
          end: (reply) => void setImmediate(end, reply),
          expired: () => answerIn(client, { word: 'expired' }),
          root,
        }),
    },
    events,
  );
};
