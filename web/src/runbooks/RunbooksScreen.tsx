import type { RunbookSummary, RunbooksAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchRunbooks } from '../data/runbooks.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { ProblemList } from './ProblemList.tsx';
import { RunbookLink } from './RunbookLink.tsx';
import { runbookPath } from './runbookPath.ts';

/** Every runbook, what is wrong with them, and the rules that have none. */
export function RunbooksScreen() {
  const { t } = useTranslation();
  const { range } = useTime();
  useTitle(t('runbooks.title'));
  const answer = useAnswer({ subject: ['runbooks'], at: [range.toMs], ask: fetchRunbooks });
  return (
    <div className="runbook-screen">
      <AlertPages />
      <h1 className="visually-hidden">{t('runbooks.title')}</h1>
      <Answered answer={answer} height={240}>
        {(found) => <Found found={found} />}
      </Answered>
    </div>
  );
}

function Found({ found: { configured, problem, runbooks, rules, links } }: { readonly found: RunbooksAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const without = rules.filter(({ runbook }) => runbook === null);
  const dead = rules.flatMap(({ rule, runbook }) => (runbook?.opens === false ? [{ rule, runbook }] : []));
  return (
    <>
      {problem !== '' && (
        <div className="note tone-warning break" role="status">
          {problem}
        </div>
      )}
      <Panel
        title={t('runbooks.title')}
        tools={
          links.checkedMs !== null &&
          links.total > 0 && (
            <span className="dim">
              {t('runbooks.checked', { count: links.total, when: formats.ago(links.checkedMs, nowMs) })}
              {links.dead > 0 && <span className="tone-error"> · {t('runbooks.dead', { count: links.dead })}</span>}
            </span>
          )
        }
      >
        {runbooks.length === 0 ? (
          <Empty title={t(configured ? 'runbooks.empty' : 'runbooks.notConfigured')} height={140}>
            <code>
              runbooks: {'{'} directory: runbooks {'}'}
            </code>
          </Empty>
        ) : (
          <ul className="runbook-list">
            {runbooks.map((runbook) => (
              <Row key={runbook.name} runbook={runbook} />
            ))}
          </ul>
        )}
      </Panel>
      {dead.length > 0 && (
        <Panel title={t('runbooks.deadRules', { count: dead.length })}>
          <ul className="runbook-list">
            {dead.map(({ rule, runbook }) => (
              <li key={`${rule.file} ${rule.group} ${rule.rule}`}>
                <strong>{rule.rule}</strong> <span className="mono break">{runbook.title}</span>{' '}
                <RunbookLink link={runbook} /> <span className="dim break">{runbook.error}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {without.length > 0 && (
        <Panel title={t('runbooks.without', { count: without.length })}>
          <ul className="runbook-list runbook-bare">
            {without.map(({ rule, severity }) => (
              <li key={`${rule.file} ${rule.group} ${rule.rule}`}>
                <strong>{rule.rule}</strong> {severity !== '' && <span className="chip">{severity}</span>}{' '}
                <span className="dim break">
                  {rule.file} · {rule.group}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Row({ runbook: { name, title, queries, rules, problems } }: { readonly runbook: RunbookSummary }) {
  const { t } = useTranslation();
  return (
    <li>
      <ScreenLink to={runbookPath(name)}>
        <strong>{title}</strong>
      </ScreenLink>{' '}
      <span className="mono dim break">{name}.md</span>
      <div className="dim">
        {rules.length === 0 ? t('runbooks.noRules') : rules.map(({ rule }) => rule).join(', ')}
        {queries > 0 && <> · {t('runbooks.queries', { count: queries })}</>}
      </div>
      <ProblemList problems={problems} />
    </li>
  );
}
