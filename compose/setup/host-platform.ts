/** What kind of machine txlab runs on, as far as installing things and making images goes. */
import { readFileSync } from 'node:fs';

export interface HostPlatform {
  readonly platform: string;
  readonly arch: string;
  /** As `debian 12`; undefined where recipes do not work. */
  readonly distribution: string | undefined;
}

export function thisHostPlatform(): HostPlatform {
  return { platform: process.platform, arch: process.arch, distribution: distribution() };
}

function distribution(): string | undefined {
  const lines = [...osRelease().matchAll(/^(\w+)="?([^"\n]*)"?$/gm)];
  const fields: Record<string, string> = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
  const family = `${fields['ID']} ${fields['ID_LIKE'] ?? ''}`;
  return /\b(debian|ubuntu)\b/.test(family) ? `${fields['ID']} ${fields['VERSION_ID'] ?? ''}`.trim() : undefined;
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
