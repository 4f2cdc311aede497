// A line of what has happened, at the time of the run.

import { timeOf, type Model, type Style } from './model.ts';

export function say(model: Model, word: string, text: string, style: Style = 'bold'): void {
  model.lines.push({ ...timeOf(model), word, text, style });
}
