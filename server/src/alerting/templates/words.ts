/** The language of the default templates. */
export type TemplateLocale = 'en' | 'ru';
export const TEMPLATE_LOCALES: readonly TemplateLocale[] = ['en', 'ru'];

/** What default templates say. English is upstream's text, which people search their chats for. */
export interface Words {
  readonly firing: string;
  readonly resolved: string;
  readonly labels: string;
  readonly annotations: string;
  readonly source: string;
  readonly wechatUrl: string;
  readonly missed: string;
  readonly logLines: string;
  readonly logs: string;
  readonly newPatterns: string;
  readonly changes: string;
  readonly trace: string;
  readonly runbook: string;
  readonly acknowledge: string;
  readonly graph: string;
  readonly open: string;
  /** Template of how many alerts there are, before the group's labels. */
  readonly count: string;
  /** Template of the subject's first word. */
  readonly status: string;
}

export const WORDS: Readonly<Record<TemplateLocale, Words>> = {
  en: {
    firing: 'Alerts Firing:',
    resolved: 'Alerts Resolved:',
    labels: 'Labels',
    annotations: 'Annotations',
    source: 'Source',
    wechatUrl: 'AlertmanagerUrl',
    missed: 'Fired and resolved while this receiver could not be reached',
    logLines: 'Last log lines',
    logs: 'Logs',
    newPatterns: 'New error patterns',
    changes: 'Recent changes',
    trace: 'Trace',
    runbook: 'Runbook',
    acknowledge: 'Acknowledge',
    graph: 'Graph',
    open: 'Open the list of alerts',
    count: '{{ .Alerts | len }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for',
    status: '{{ .Status | toUpper }}',
  },
  ru: {
    firing: 'Активные оповещения:',
    resolved: 'Завершённые оповещения:',
    labels: 'Метки',
    annotations: 'Аннотации',
    source: 'Источник',
    wechatUrl: 'Список оповещений',
    missed: 'Возникло и завершилось, пока получатель был недоступен',
    logLines: 'Последние записи журнала',
    logs: 'Журнал',
    newPatterns: 'Новые виды ошибок',
    changes: 'Недавние изменения',
    trace: 'Трасса',
    runbook: 'Инструкция',
    acknowledge: 'Взять в работу',
    graph: 'График',
    open: 'Открыть список оповещений',
    count: 'Оповещений: {{ .Alerts | len }},',
    status: '{{ if eq .Status "firing" }}АВАРИЯ{{ else }}РЕШЕНО{{ end }}',
  },
};
