// The operations of a lock on ZooKeeper by node-zookeeper-client, and what the ensemble says to each in the words of machines. The types of
// the library are used here and by its two clients alone.

import { CreateMode, Event, Exception, type Client, type Stat } from 'node-zookeeper-client';
import type { Reply } from '../contract/machine.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../stores/zookeeper.ts';

type Without<One> = One extends unknown ? Omit<One, 'session' | 'timeoutMs'> : never;
type Said = Without<ZooKeeperAnswer>;

interface Called {
  /** The folder within which all paths are. */
  readonly root: string | undefined;
  readonly end: (reply: Reply) => void;
  /** The session that it was asked in is over. */
  readonly expired: () => Reply;
}

export function answerIn(client: Client, said: Said): Reply {
  const answer = { ...said, session: client.getSessionId().toString('hex'), timeoutMs: client.getSessionTimeout() };
  return { kind: 'answer', answer };
}

export function perform(client: Client, request: ZooKeeperRequest, { end, expired, root = '' }: Called): void {
  const answer = (said: Said) => end(answerIn(client, said));
  /** What to do with what the server says, or with its word that there is no such node. */
  const hear =
    <Heard>(then: (heard: Heard) => void, missing: () => void) =>
    (error: Failure, heard: Heard): void => {
      if (!error) return then(heard);
      if (codeOf(error) === Exception.NO_NODE) return missing();
      end(failureIn(client, error, expired));
    };
  const isMissing = () => answer({ word: 'missing' });
  switch (request.word) {
    case 'create':
      return create(
        client,
        { ...request, folder: root + request.folder },
        hear((path: string) => answer({ word: 'created', path: path.slice(root.length) }), isMissing),
      );
    case 'list':
      return client.getChildren(
        root + request.folder,
        hear(
          (names: string[]) => answer({ word: 'listed', names }),
          () => answer({ word: 'listed', names: [] }),
        ),
      );
    case 'look':
      return client.exists(
        root + request.path,
        hear((stat: Stat | null) => answer(stat ? found(stat) : { word: 'missing' }), isMissing),
      );
    case 'watch':
      return watch(
        client,
        root + request.path,
        hear(
          () => answer({ word: 'gone' }),
          () => answer({ word: 'gone' }),
        ),
      );
    case 'delete':
      return client.remove(root + request.path, (error) =>
        hear(() => answer({ word: 'deleted' }), isMissing)(error, null),
      );
    default:
      return client.exists(
        '/',
        hear(() => answer({ word: 'alive' }), isMissing),
      );
  }
}

type Failure = Error | Exception | null | undefined;
type Heard = (error: Failure, path: string) => void;

/** The folder is made where it is missing; somebody else may make it at the same time. */
function create(client: Client, { folder, name }: Extract<ZooKeeperRequest, { word: 'create' }>, heard: Heard): void {
  const path = `${folder}/${name}`;
  client.create(path, CreateMode.EPHEMERAL_SEQUENTIAL, (error, made) => {
    if (codeOf(error) !== Exception.NO_NODE) return heard(error, made);
    client.mkdirp(folder, (failure) => {
      if (failure) return heard(failure, '');
      client.create(path, CreateMode.EPHEMERAL_SEQUENTIAL, heard);
    });
  });
}

function watch(client: Client, path: string, heard: Heard): void {
  const look = (): void =>
    client.exists(
      path,
      (event) => {
        if (event.getType() === Event.NODE_DELETED) heard(null, path);
        else look();
      },
      (error, stat: Stat | null) => {
        if (error || !stat) heard(error, path);
      },
    );
  look();
}

function found({ ephemeralOwner, czxid }: Stat): Said {
  return { word: 'found', owner: ephemeralOwner.toString('hex'), zxid: Number(czxid.readBigInt64BE()) };
}

function failureIn(client: Client, error: NonNullable<Failure>, expired: () => Reply): Reply {
  switch (codeOf(error)) {
    case Exception.SESSION_EXPIRED:
      return expired();
    case undefined:
    case Exception.CONNECTION_LOSS:
      return { kind: 'lost' };
    default:
      return answerIn(client, { word: 'failed', reason: error.name });
  }
}

function codeOf(error: Failure): number | undefined {
  return error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
