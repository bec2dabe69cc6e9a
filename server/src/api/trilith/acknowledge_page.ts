import type { GroupResponse } from '@trilith/contract';
import type { Alert } from '../../model/alert.ts';
import { labelsToRecord, labelValue } from '../../model/labels.ts';
import type { AlertGroup, Person } from '../../on_call/index.ts';

/** What the page of a link shows. */
export interface PageState {
  /** Id of whom the page went to; empty: nobody in particular, so the form asks. */
  readonly person: string;
  readonly personName: string;
  readonly people: readonly Person[];
  readonly groupKey: string;
  /** Undefined: nothing fires any more. */
  readonly group: AlertGroup | undefined;
  readonly response: GroupResponse | undefined;
  /** The page with the runbook of an alert; empty for none. */
  readonly runbookOf: (alert: Pick<Alert, 'labels' | 'annotations'>) => string;
  /** Why the last thing asked was not done; empty when it was. */
  readonly problem: string;
}

const MOST_ALERTS = 20;

const WORDS = {
  en: {
    title: 'Alerts',
    invalid: 'This link is not valid any more.',
    over: 'Nothing in this group fires any more.',
    firing: 'firing',
    more: 'more',
    since: 'since',
    by: 'Acknowledged by',
    at: 'at',
    acknowledge: 'Acknowledge',
    unacknowledge: 'Take the acknowledgement back',
    comment: 'Comment',
    assign: 'Assign',
    assignee: 'Assigned to',
    you: 'You are',
    name: 'Your name',
    note: 'Comment (may be empty)',
    to: 'To whom',
    runbook: 'Runbook',
    failed: 'That was not done:',
  },
  ru: {
    title: 'Алерты',
    invalid: 'Эта ссылка больше не действует.',
    over: 'В этой группе больше ничего не горит.',
    firing: 'горит',
    more: 'ещё',
    since: 'с',
    by: 'Подтвердил(а)',
    at: 'в',
    acknowledge: 'Подтвердить',
    unacknowledge: 'Снять подтверждение',
    comment: 'Написать комментарий',
    assign: 'Назначить',
    assignee: 'Назначено:',
    you: 'Вы —',
    name: 'Ваше имя',
    note: 'Комментарий (можно не писать)',
    to: 'Кому',
    runbook: 'Инструкция',
    failed: 'Не получилось:',
  },
} as const;
type Words = (typeof WORDS)[keyof typeof WORDS];

export const STYLE = `
:root{color-scheme:light dark}
body{font:17px/1.45 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem}
h1{font-size:1.3rem;margin:.2rem 0}
.labels,time{color:GrayText;font-size:.85rem;overflow-wrap:anywhere}
article{border:1px solid GrayText;border-radius:.5rem;margin:.75rem 0;padding:.6rem .75rem}
form{margin:1rem 0}
input,textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.7rem;margin:.3rem 0;border-radius:.5rem;border:1px solid GrayText}
button{cursor:pointer}
button.main{background:#1a7f37;color:#fff;border:0;font-weight:600;padding:1rem}
.done{background:#1a7f3722;border-radius:.5rem;padding:.6rem .75rem}
.problem{background:#cf222e22;border-radius:.5rem;padding:.6rem .75rem}
`;

/** The page as HTML: works on a phone, without scripts. Without a state it says that the link is of no use. */
export function acknowledgePage(state: PageState | undefined, language: keyof typeof WORDS): string {
  const words = WORDS[language];
  const body = state === undefined ? `<p class="problem">${words.invalid}</p>` : content(state, words);
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${words.title} · Trilith</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

function content(state: PageState, words: Words): string {
  const { group, response, problem } = state;
  const firing = group?.firing ?? [];
  const names = [...new Set(firing.map(({ labels }) => labelValue(labels, 'alertname')))];
  const parts = [
    `<h1>${escaped(names.join(', ') || words.title)}</h1>`,
    `<div class="labels">${labelsOf(state)}</div>`,
  ];
  if (problem !== '') parts.push(`<p class="problem">${words.failed} ${escaped(problem)}</p>`);
  const acknowledged = response?.acknowledged;
  if (acknowledged)
    parts.push(
      `<p class="done">✓ ${words.by} ${escaped(acknowledged.person)} ${words.at} ${time(acknowledged.atMs)}</p>`,
    );
  if (response !== undefined && response.assignee !== '')
    parts.push(`<p>${words.assignee} ${escaped(response.assignee)}</p>`);
  if (firing.length === 0) parts.push(`<p>${words.over}</p>`);
  parts.push(...firing.slice(0, MOST_ALERTS).map((alert) => alertOf(alert, state.runbookOf(alert), words)));
  if (firing.length > MOST_ALERTS) parts.push(`<p>… ${words.more}: ${firing.length - MOST_ALERTS}</p>`);
  for (const { person, atMs, text } of response?.comments ?? [])
    parts.push(`<article><b>${escaped(person)}</b> ${time(atMs)}<br>${escaped(text)}</article>`);
  parts.push(formOf(state, words, firing.length > 0 && !acknowledged));
  return parts.join('');
}

function alertOf(
  { labels, annotations, startsAtMs }: AlertGroup['firing'][number],
  runbook: string,
  words: Words,
): string {
  const summary = labelValue(annotations, 'summary') || labelValue(annotations, 'description');
  const link = /^https?:\/\//.test(runbook)
    ? `<br><a href="${escaped(runbook)}" rel="noreferrer noopener">${words.runbook}</a>`
    : '';
  const shown = Object.entries(labelsToRecord(labels)).filter(([name]) => name !== 'alertname');
  return `<article><b>${escaped(labelValue(labels, 'alertname'))}</b> ${words.firing} ${words.since} ${time(startsAtMs)}${
    summary === '' ? '' : `<br>${escaped(summary)}`
  }${link}<div class="labels">${shown.map(([name, value]) => escaped(`${name}=${value}`)).join(' ')}</div></article>`;
}

function formOf({ person, personName, people, response }: PageState, words: Words, canAcknowledge: boolean): string {
  const who =
    person === ''
      ? `<input name="person" required maxlength="200" autocomplete="name" list="people" placeholder="${words.name}" aria-label="${words.name}">`
      : `<p>${words.you} <b>${escaped(personName)}</b></p>`;
  const list = `<datalist id="people">${people.map(({ id }) => `<option value="${escaped(id)}">`).join('')}</datalist>`;
  const button = (action: string, text: string, main = false): string =>
    `<button name="action" value="${action}"${main ? ' class="main"' : ''}>${text}</button>`;
  const buttons = [
    canAcknowledge ? button('acknowledge', words.acknowledge, true) : '',
    `<textarea name="note" maxlength="4000" rows="2" placeholder="${words.note}" aria-label="${words.note}"></textarea>`,
    button('comment', words.comment),
    response?.acknowledged ? button('unacknowledge', words.unacknowledge) : '',
  ].join('');
  const assign = `<form method="post"><input name="person" required maxlength="200" list="people" placeholder="${words.to}" aria-label="${words.to}">${button('assign', words.assign)}</form>`;
  return `<form method="post">${who}${buttons}</form>${assign}${list}`;
}

function labelsOf({ group, response }: PageState): string {
  const labels = group === undefined ? (response?.labels ?? {}) : labelsToRecord(group.labels);
  return Object.entries(labels)
    .map(([name, value]) => escaped(`${name}=${value}`))
    .join(' ');
}

function time(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
