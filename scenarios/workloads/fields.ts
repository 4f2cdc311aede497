// Parts of schemas that workloads share, so that the same thing is described alike.

import * as z from 'zod';

export const whole = (from: number, to: number, means: string) =>
  z.int().min(from).max(to).describe(`a whole number from ${from} to ${to}: ${means}`);

export const share = (means: string) => z.number().min(0).max(1).default(0).describe(`a share from 0 to 1: ${means}`);

export const nodeName = z.string().min(1).max(60).describe('the name of a node, such as participant-1');
