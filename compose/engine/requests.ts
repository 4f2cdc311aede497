/** What txlab asks of the engine, in the words of the engine's API. */
import type { ContainerSpec, HealthCheck, Labels, NetworkSpec } from './port.ts';

export function containerOptions(spec: ContainerSpec) {
  return {
    name: spec.name,
    Image: spec.image,
    Labels: { ...spec.labels },
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entryPoint && { Entrypoint: [...spec.entryPoint] }),
    ...(spec.env && { Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`) }),
    ...(spec.user && { User: spec.user }),
    ...(spec.hostName && { Hostname: spec.hostName }),
    ...(spec.healthCheck && { Healthcheck: healthOptions(spec.healthCheck) }),
    ...(spec.volume && { Volumes: { [spec.volume]: {} } }),
    OpenStdin: spec.openStdin ?? false,
    AttachStdin: spec.openStdin ?? false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: hostOptions(spec),
    ...endpointOptions(spec),
  };
}

function hostOptions(spec: ContainerSpec) {
  return {
    NetworkMode: networkMode(spec),
    LogConfig: { Type: 'none', Config: {} },
    ReadonlyRootfs: spec.readOnlyRoot ?? false,
    ...(spec.capabilities && { CapDrop: ['ALL'], CapAdd: [...spec.capabilities] }),
    ...(spec.noNewPrivileges && { SecurityOpt: ['no-new-privileges'] }),
    // Swap equal to memory means none beyond it: a node is killed at its limit instead of becoming slow.
    ...(spec.memoryBytes && { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
    ...(spec.pidsMax && { PidsLimit: spec.pidsMax }),
    ...(spec.tmpfs && { Tmpfs: { ...spec.tmpfs } }),
    ...(spec.smallVolume && { Mounts: [smallVolume(spec.smallVolume)] }),
    ...(spec.volumeOf && { VolumesFrom: [spec.volumeOf] }),
    ...(spec.init && { Init: true }),
  };
}

/** Who fills it, and who writes there, are different users. */
function smallVolume({ at, bytes }: NonNullable<ContainerSpec['smallVolume']>) {
  const options = { type: 'tmpfs', device: 'tmpfs', o: `size=${bytes},mode=0777` };
  return {
    Type: 'volume' as const,
    Source: '',
    Target: at,
    VolumeOptions: { NoCopy: false, Labels: {}, DriverConfig: { Name: 'local', Options: options } },
  };
}

function networkMode({ network }: ContainerSpec): string {
  if (network.kind === 'network') return network.name;
  return network.kind === 'container' ? `container:${network.id}` : 'none';
}

function endpointOptions({ network }: ContainerSpec) {
  if (network.kind !== 'network') return {};
  const settings = {
    ...(network.aliases && { Aliases: [...network.aliases] }),
    ...(network.ip && { IPAMConfig: { IPv4Address: network.ip } }),
  };
  return { NetworkingConfig: { EndpointsConfig: { [network.name]: settings } } };
}

function healthOptions(check: HealthCheck) {
  return {
    Test: [...check.test],
    Interval: check.intervalMs * NS_PER_MS,
    Timeout: check.timeoutMs * NS_PER_MS,
    Retries: check.retries,
    StartPeriod: check.startPeriodMs * NS_PER_MS,
  };
}

const NS_PER_MS = 1e6;

/** Internal: no way out. The engine is told to refuse a name that is taken, which it does not do by itself. */
export function networkOptions({ name, labels, subnet }: NetworkSpec) {
  return {
    Name: name,
    Driver: 'bridge',
    Internal: true,
    CheckDuplicate: true,
    Labels: { ...labels },
    ...(subnet && { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
  };
}

export function labelFilter(labels: Labels): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}

/** Without a tag the engine would pull every tag of the repository. */
export function withTag(reference: string): string {
  return reference.includes('@') || /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

export function repositoryAndTag(reference: string): { readonly repo: string; readonly tag: string } {
  const full = withTag(reference);
  const colon = full.lastIndexOf(':');
  return { repo: full.slice(0, colon), tag: full.slice(colon + 1) };
}
