// Histories of version 1, which knew transfers between banks and nothing else, as version 2 tells the same. What is not of the old shape is
// passed on as it is, and refused by the new one.

import type { Json } from '../../nodes/contract/messages.ts';

type Line = Readonly<Record<string, unknown>>;

/** Reads the lines of one history in their order: what a refusal was about is known from the transfer before it. */
export function readerOfV1(): (line: unknown) => unknown {
  const payers = new Map<unknown, string>();
  const ops = new Map<unknown, unknown>();

  function note({ about: word, tx, ...rest }: Line): Line {
    const said = { word, ...(tx !== undefined && { about: tx }), ...rest };
    if (word === 'invoked') {
      const request = rest['request'];
      if (isLine(request) && isPlace(request['from'])) payers.set(rest['op'], request['from'].account);
      return { ...said, uses: usesOf(request) };
    }
    if (word === 'began') ops.set(tx, rest['op']);
    // Only the account that is paid from can be overdrawn, and nobody looked at the balance of one that was locked.
    const key = word === 'refused' && rest['reason'] === 'overdraft' && payers.get(ops.get(tx));
    return key ? { ...said, key } : said;
  }

  return (line) => {
    if (!isLine(line)) return line;
    switch (line['kind']) {
      case 'run':
        return header(line);
      case 'told':
        return part(line, 'note', note);
      case 'dumped':
        return part(line, 'state', state);
      case 'sent':
      case 'lost':
      case 'received':
        return part(line, 'message', subject);
      case 'appended':
      case 'durable':
        return part(line, 'record', subject);
      case 'logged': {
        const { records } = line;
        const translated = Array.isArray(records)
          ? records.map((record: unknown) => (isLine(record) ? subject(record) : record))
          : records;
        return { ...line, records: translated };
      }
      default:
        return line;
    }
  };
}

function part(line: Line, name: string, translate: (value: Line) => Line): Line {
  const value = line[name];
  return isLine(value) ? { ...line, [name]: translate(value) } : line;
}

/** Of a message or a record. */
function subject({ tx, ...rest }: Line): Line {
  return tx === undefined ? rest : { ...rest, about: tx };
}

function header({ participants, opening, ...rest }: Line): Line {
  const sites = isTexts(participants) ? participants : [];
  const nodes = isTexts(rest['nodes']) ? rest['nodes'] : [];
  return {
    ...rest,
    family: 'commit',
    workload: 'transfers',
    roles: Object.fromEntries(nodes.map((node) => [node, node.replace(/-\d+$/, '')])),
    sites: Object.fromEntries(sites.map((site) => [site, { nodes: [site], stores: [], quorum: 1 }])),
    initial: opening,
  };
}

function state({ locks, accounts, ...rest }: Line): Line {
  const holds = Array.isArray(locks)
    ? locks.map((lock: unknown) => (isLine(lock) ? { key: lock['account'], by: lock['tx'] } : lock))
    : locks;
  const isBank = isLine(accounts) && Object.keys(accounts).length > 0;
  return { ...rest, holds, content: isBank ? (accounts as Json) : null };
}

function usesOf(request: unknown): readonly Line[] {
  if (!isLine(request)) return [];
  const { from, to, amount, reads } = request;
  const mode = amount === 0 ? 'read' : 'write';
  const use = (place: unknown, how: string) =>
    isPlace(place) ? [{ site: place.bank, key: place.account, mode: how }] : [];
  const looked: readonly unknown[] = Array.isArray(reads) ? reads : [];
  return [...use(from, mode), ...use(to, mode), ...looked.flatMap((place) => use(place, 'read'))];
}

function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlace(value: unknown): value is { readonly bank: string; readonly account: string } {
  return isLine(value) && typeof value['bank'] === 'string' && typeof value['account'] === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
