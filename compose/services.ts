// The services of stores, as compose/stores.yml says: what runs in their pods, with images that are got when a run first needs them.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { invariant } from '../nodes/contract/invariant.ts';
import { allOf } from './pods/all-of.ts';
import { ensureImage, IMAGE_ROLES, IMAGES, type EnsuredImage, type ImageRole } from './setup/images.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Engine } from './engine/port.ts';
import type { StoreService } from './pods/store-service.ts';

const Ensemble = z.strictObject({
  number: z.string().describe('the variable that gets the number of the server, from 1 on'),
  servers: z.string().describe('the variable that gets all servers'),
  server: z.string().describe('one of them: {number} and {name} stand for its own'),
});

const Replicas = z.strictObject({
  command: z
    .array(z.string())
    .describe('behind the command of all but the first: {primary} stands for the name of that'),
  promote: z.string().describe('a line that makes a replica a primary, and prints its role before and after'),
});

const Service = z.object({
  image: z.string(),
  user: z.string().exactOptional(),
  read_only: z.boolean().default(false),
  command: z.array(z.string()).exactOptional(),
  environment: z.record(z.string(), z.string()).default({}),
  tmpfs: z.array(z.string()).default([]),
  'x-txlab': z.strictObject({
    port: z.int(),
    ready: z.string(),
    dump: z.string(),
    leader: z.string().exactOptional(),
    clock: z.string().exactOptional(),
    empty: z.string().exactOptional(),
    ensemble: Ensemble.exactOptional(),
    replicas: Replicas.exactOptional(),
  }),
});

const File = z.object({ services: z.record(z.string(), Service) });

type Service = z.infer<typeof Service>;
export type Services = Readonly<Record<string, Service>>;

/** Of `compose/stores.yml`, which is ours: what is wrong with it is an error of the program. */
export function readServices(file: string): Services {
  return File.parse(parse(readFileSync(file, 'utf8'))).services;
}

export interface EnsuredServices {
  readonly services: Readonly<Record<string, StoreService>>;
  readonly images: Readonly<Record<string, EnsuredImage>>;
}

export interface ServiceOptions {
  readonly engine: Engine;
  /** The user's own images, by role. */
  readonly own?: Readonly<Record<string, string>>;
  readonly onProgress?: (text: string) => void;
}

/** These services with their images, each of which is looked for, pulled or made once. */
export async function ensureServices(
  all: Services,
  names: readonly string[],
  { engine, own = {}, onProgress = () => {} }: ServiceOptions,
): Promise<EnsuredServices> {
  const wanted = names.map((name) => {
    const service = all[name];
    invariant(service, `compose/stores.yml has no service ${name}`);
    return { name, service, role: roleOfImage(service.image) };
  });
  const roles = [...new Set(wanted.map(({ role }) => role))];
  const ensured = await allOf(
    roles.map(async (role) => [role, await ensureImage(engine, role, { override: own[role], onProgress })] as const),
  );
  const images = Object.fromEntries(ensured);
  if (roles.length > 0)
    onProgress(`images of stores: ${ensured.map(([role, { source }]) => `${role} (${source})`).join(', ')}`);
  const services = wanted.map(({ name, service, role }) => [name, runs(service, images[role]?.id ?? '')] as const);
  return { services: Object.fromEntries(services), images };
}

function roleOfImage(image: string): ImageRole {
  const role = IMAGE_ROLES.find((one) => IMAGES[one].official === image);
  invariant(role, `no recipe for the image ${image} of compose/stores.yml`);
  return role;
}

function runs(service: Service, image: string): StoreService {
  const { user, read_only, command = [], environment, tmpfs, 'x-txlab': ours } = service;
  const { port, ready, dump, leader, clock, empty, ensemble, replicas } = ours;
  return {
    image,
    ...(command.length > 0 && { command }),
    ...(user !== undefined && { user }),
    writableRoot: !read_only,
    keepsData: !tmpfs.includes('/data'),
    env: environment,
    ...(ensemble && {
      among: (self: NodeId, all: readonly NodeId[]) => ({ env: { ...environment, ...numbered(ensemble, self, all) } }),
    }),
    ...(replicas && {
      among: (self: NodeId, all: readonly NodeId[]) => ({ command: [...command, ...following(replicas, self, all)] }),
      promote: replicas.promote,
    }),
    port,
    ready,
    dump,
    ...(leader !== undefined && { leader }),
    ...(clock !== undefined && { clock }),
    ...(empty !== undefined && { empty }),
  };
}

function numbered({ number, servers, server }: z.infer<typeof Ensemble>, self: NodeId, all: readonly NodeId[]) {
  const entries = all.map((name, index) => server.replace('{number}', String(index + 1)).replace('{name}', name));
  return { [number]: String(all.indexOf(self) + 1), [servers]: entries.join(' ') };
}

function following({ command }: z.infer<typeof Replicas>, self: NodeId, [primary = self]: readonly NodeId[]) {
  return self === primary ? [] : command.map((word) => word.replace('{primary}', primary));
}
