// The page as a whole: one file that loads nothing, in which text is text.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pageText, type Reported } from '../../../cli/page/html.ts';
import { mermaidText } from '../../../cli/page/mermaid.ts';
import { retold } from '../../../cli/page/retold.ts';
import { storyOf } from '../../../cli/page/story.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import { recordedText, GOOD } from '../../support/oracle.ts';
import { LOCKS, manyTimes, recordedRun, reportedOf } from '../../support/reported.ts';

const NAME = 'coordinator-crash-before-decision';
const run = recordedRun(NAME);
const page = pageText(run);
const HOSTILE = `</script><script>alert('x')</script>"&<img src=x onerror=alert(1)>`;

describe('the page', () => {
  test('says the verdict and its reasons before anything else', () => {
    const at = (text: string) => page.indexOf(text);
    expect(at('class="word"')).toBeGreaterThan(0);
    expect(at('class="word"')).toBeLessThan(at('id="diagram"'));
    for (const reason of run.verdict.reasons) expect(page).toContain(reason.replaceAll("'", '&#39;'));
    for (const { property, judgement } of run.verdict.findings) {
      expect(page).toContain(`${property} <small>${judgement}`);
    }
  });

  test('loads nothing, and lets nothing run but its own script', () => {
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
    expect(page).not.toMatch(/url\(|@import|https?:/);
    const script = createHash('sha256').update(run.script).digest('base64');
    expect(page).toContain(`default-src 'none'; style-src 'sha256-`);
    expect(page).toContain(`script-src 'sha256-${script}'`);
    expect(page).not.toMatch(/ (?:style|on[a-z]+)="/);
  });

  test('has the configuration, the images and the commands', () => {
    const manifest = { images: { node: { reference: 'txlab/node:1', id: 'sha256:abc' } } };
    const text = pageText({ ...run, manifest, commands: [`txlab replay 'a b' && echo <done>`] });
    expect(text).toContain('sha256:abc');
    expect(text).toContain('vote: 400');
    expect(text).toContain('txlab replay &#39;a b&#39; &amp;&amp; echo &lt;done&gt;');
  });

  test('tells the lines that a view of the run has shown', () => {
    const lines = retold(run.history, run.plan).filter(({ isSetup }) => !isSetup);
    const words = lines.map(({ word }) => word);
    expect(words).toEqual(expect.arrayContaining(['serving', 'held', 'kill', 'blocked', 'restart', 'settled']));
    for (const { text } of lines) expect(page).toContain(text.replaceAll("'", '&#39;').replaceAll('>', '&gt;'));
    expect(page.match(/<a href="#diagram" data-at=/g)).toHaveLength(lines.length);
  });

  test('says when the last line of its history was cut off', () => {
    expect(page).not.toContain('cut off and is not shown');
    expect(pageText({ ...run, history: { ...run.history, torn: true } })).toContain('cut off and is not shown');
  });
});

describe('text from a run', () => {
  const [first, ...more] = run.verdict.findings;
  const hostileText = recordedText(GOOD, NAME).replaceAll('participant-1', JSON.stringify(HOSTILE).slice(1, -1));
  const history = parseHistory(hostileText);
  const hostile: Reported = {
    ...run,
    run: HOSTILE,
    history,
    plan: { ...run.plan, title: HOSTILE },
    verdict: {
      ...run.verdict,
      reasons: [HOSTILE],
      findings: first
        ? [{ ...first, judgement: 'violated', reason: HOSTILE, events: history.events.slice(9, 12) }, ...more]
        : [],
    },
    manifest: { [HOSTILE]: HOSTILE, images: HOSTILE },
    commands: [HOSTILE],
  };
  const text = pageText(hostile);

  test('is text in the page, whoever wrote it', () => {
    expect(text).not.toContain('<img');
    expect(text).not.toContain("alert('x')</script>");
    const elements = [...text.matchAll(/<\/?script\b/g)];
    expect(elements).toHaveLength(4);
    expect(text).toContain('&lt;/script&gt;&lt;script&gt;alert');
  });

  test('comes back from the data as it was', () => {
    const json = /<script type="application\/json" id="story">(.*?)<\/script>/s.exec(text)?.[1] ?? '';
    const { lanes } = JSON.parse(json) as { readonly lanes: readonly { readonly name: string }[] };
    expect(lanes.map(({ name }) => name)).toContain(HOSTILE);
  });

  test('does not leave its line in a sequence diagram', () => {
    const mermaid = mermaidText(storyOf(history, hostile.verdict).story);
    const [first, ...participants] = mermaid.split('\n').filter((line) => !/->>|-x|Note/.test(line));
    expect(first).toBe('sequenceDiagram');
    expect(participants.join('')).toContain('#60;script#62;');
    expect(participants.join('')).not.toMatch(/[<>&"]/);
  });
});

describe('a long run', () => {
  const long = reportedOf(manyTimes(run.history, 10), NAME);
  const text = pageText(long);

  test('stays under 5 MB, and says that it shows a part', () => {
    expect(long.history.events.length).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
    expect(text).toMatch(new RegExp(`Of ${long.history.events.length} events \\d+ are drawn`));
  });

  test('is otherwise shown whole', () => {
    expect(page).not.toContain('events are drawn');
    expect(page).not.toMatch(/Of \d+ events/);
  });
});

describe('a sequence diagram', () => {
  test('has the messages of the target, its notes and the fault', () => {
    const text = mermaidText(storyOf(run.history, run.verdict).story);
    expect(text).toMatch(/participant n0 as coordinator\n/);
    expect(text).toMatch(/n0->>n1: prepare coordinator\.1\.\d+\n/);
    expect(text).toMatch(/Note over n\d: prepared/);
    expect(text).toMatch(/Note over n0: kill\n/);
  });

  test('of locks is about the holders, and has at most 80 lines', () => {
    const { history, verdict } = recordedRun('redlock-pause-past-ttl', LOCKS);
    const text = mermaidText(storyOf(history, verdict).story);
    expect(text).toMatch(/participant n\d+ as redis-1\n/);
    expect(text.split('\n').filter((line) => /->>|-x|Note/.test(line)).length).toBeLessThanOrEqual(80);
  });
});
