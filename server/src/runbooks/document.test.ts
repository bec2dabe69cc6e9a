import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runbookAnswer } from '@trilith/contract';
import fc from 'fast-check';
import * as v from 'valibot';
import { addressOf } from './address.ts';
import { readDocument } from './document.ts';
import { readRunbook } from './read_runbook.ts';

const PAGE = `---
title: Errors of payments
alerts: [HighErrorRate, "Errors"]
labels: { service: payments-api }
---
# Errors

Look at the [map](/map), then at [the ledger](ledger/slow.md#what-to-do) & \`code\`.

1. first **bold** *soft* ~~gone~~
   - [x] done
2. second

\`\`\`promql table By route
sum by (route) (rate(http_requests_total{service="$labels.service"}[5m]))
\`\`\`

\`\`\`logql
{service="$labels.service"} |= "error"
\`\`\`

\`\`\`traceql
{ status = error }
\`\`\`

\`\`\`sh
kubectl get pods
\`\`\`

| a | b |
|---|--:|
| 1 | ![graph](graph.png) |

\`\`\`promql
sum(rate(
\`\`\`
`;

test('a runbook is read whole: front matter, blocks, live queries, links with their lines', () => {
  const read = readRunbook(PAGE, 'payments/errors', 7);
  assert.equal(read.title, 'Errors of payments');
  assert.deepEqual(read.alerts, ['HighErrorRate', 'Errors']);
  assert.equal(read.labels.get('service'), 'payments-api');
  assert.deepEqual(
    read.blocks.map((block) => (block.kind === 'query' ? `${block.language} ${block.view}` : block.kind)),
    ['heading', 'paragraph', 'list', 'promql table', 'logql lines', 'traceql traces', 'code', 'table', 'promql graph'],
  );
  assert.deepEqual(
    read.links.map(({ address, line }) => [address, line]),
    [
      [{ kind: 'screen', href: '/map' }, 8],
      [{ kind: 'page', path: 'payments/ledger/slow', heading: 'what-to-do' }, 8],
      [{ kind: 'image', path: 'payments/graph.png' }, 32],
    ],
  );
  assert.equal(read.problems.length, 1);
  assert.equal(read.problems[0]?.line, 35);
  assert.match(read.problems[0]?.text ?? '', /^promql: .*unclosed/);
  const [, , list] = read.blocks;
  assert.ok(list?.kind === 'list' && list.ordered);
  const inner = list.items[0]?.children[1];
  assert.ok(inner?.kind === 'list' && inner.items[0]?.checked === true);
});

test('a heading at the top is the title where the front matter has none', () => {
  const read = readRunbook('# Slow\n\n## What\n\n## What\n', 'a/b', 0);
  assert.equal(read.title, 'Slow');
  assert.deepEqual([...read.headings], ['slow', 'what', 'what-1']);
  assert.equal(read.blocks.length, 2);
  assert.equal(readRunbook('text', 'a/slow-disk', 0).title, 'slow-disk');
});

test('front matter that cannot be read is said with its line, and the text is there all the same', () => {
  const read = readRunbook('---\ntitle: a\nowner: b\n---\nwords\n', 'x', 0);
  assert.deepEqual(read.problems, [{ kind: 'front_matter', line: 3, subject: '', text: 'unknown key "owner"' }]);
  assert.equal(read.blocks.length, 1);
});

const ADDRESSES: readonly (readonly [written: string, kind: string])[] = [
  ['https://a.example/x', 'elsewhere'],
  ['mailto:a@b.example', 'mail'],
  ['/explore/logs?q=x', 'screen'],
  ['/payments/x.md', 'page'],
  ['other.md', 'page'],
  ['../other.md#top', 'page'],
  ['../graph%20a.png', 'image'],
  ['#top', 'heading'],
  ['javascript:alert(1)', 'refused'],
  ['JaVaScRiPt:alert(1)', 'refused'],
  ['data:text/html,x', 'refused'],
  ['vbscript:x', 'refused'],
  ['//evil.example/x', 'refused'],
  ['\\\\evil', 'refused'],
  ['../../etc/passwd.md', 'refused'],
  ['..%2F..%2Fetc.md', 'refused'],
  ['a%00.md', 'refused'],
  ['script.sh', 'refused'],
  ['http://', 'refused'],
];
for (const [written, kind] of ADDRESSES)
  test(`${written} is ${kind}`, () => assert.equal(addressOf(written, 'payments/errors').kind, kind));

/** What a page could do with it. */
const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a <b onclick="alert(1)">b</b>',
  '[x](javascript:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](&#x6A;avascript&colon;alert(1))',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[x]: javascript:alert(1)\n\n[x]',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '<a href="javascript:alert(1)">x</a>',
  '[x](\u0001javascript:alert(1))',
];

const SAFE = /^(?:https?:\/\/|mailto:|#|\/(?!\/))/;

function checkSafe(source: string): void {
  const { blocks } = readDocument(source, 'a/b');
  const addresses: string[] = [];
  JSON.stringify(blocks, (key, value: unknown) => {
    if ((key === 'href' || key === 'src') && typeof value === 'string') addresses.push(value);
    return value;
  });
  for (const address of addresses) assert.match(address, SAFE);
}

for (const source of HOSTILE) test(`nothing to run is left of ${JSON.stringify(source)}`, () => checkSafe(source));

test('any text is a tree the contract knows, with links that may be followed only', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...HOSTILE,
      '> ',
      '- ',
      '1. ',
      '# ',
      '```promql\n',
      '\n',
      '| a |\n|--|\n',
      '[',
      '](',
      ')',
      '**',
      '`',
      '&amp;',
      '\t',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const source = pieces.join('');
      checkSafe(source);
      const { blocks } = readDocument(source, 'a/b');
      assert.ok(v.safeParse(runbookAnswer.entries.blocks, blocks).success);
    }),
  );
});

test('what is nested without end is cut or refused', () => {
  const { blocks } = readDocument(`${'> '.repeat(100)}x`, 'a/b');
  assert.ok(JSON.stringify(blocks).length < 5_000);
  assert.throws(() => readDocument(`${'> '.repeat(20_000)}x`, 'a/b'), /nested too deeply/);
});
