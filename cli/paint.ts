// Colours that never carry meaning alone, and that respect NO_COLOR, FORCE_COLOR and whether anybody looks.

import { styleText } from 'node:util';

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}
