import type { RunbookLink as Link } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { safeLink } from '../alerts/safeLink.ts';
import { fetchAlertRunbooks, fetchRunbooks } from '../data/runbooks.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';

interface Props {
  readonly link: Link;
  /** Fingerprint of the alert whose labels the page's queries take. */
  readonly alert?: string;
}

/** A link to a runbook; of one that does not open, why. */
export function RunbookLink({ link: { href, name, title, opens, error }, alert }: Props) {
  const { t } = useTranslation();
  const dead = opens === false && (
    <span className="tone-error" title={error}>
      {t('runbooks.doesNotOpen')}
    </span>
  );
  if (name !== '') {
    const [to = ''] = href.split('#');
    return (
      <ScreenLink to={to} with={{ alert }} title={title}>
        {t('alerts.runbook')}
      </ScreenLink>
    );
  }
  const address = safeLink(href);
  if (address === null) return dead === false ? null : <span title={`${title}: ${error}`}>{dead}</span>;
  return (
    <>
      <a href={address} target="_blank" rel="noreferrer">
        {t('alerts.runbook')}
      </a>{' '}
      {dead}
    </>
  );
}

/** The runbook of an alert that is held, by its fingerprint; nothing where it has none. All of a page share one request. */
export function RunbookOfAlert({ fingerprint }: { readonly fingerprint: string }) {
  const { range } = useTime();
  const answer = useAnswer({ subject: ['alert-runbooks'], at: [range.toMs], ask: fetchAlertRunbooks });
  const link = answer.data?.links[fingerprint];
  return link === undefined ? null : <RunbookLink link={link} alert={fingerprint} />;
}

/** The runbook of a rule; says so where it has none. */
export function RunbookOfRule({
  file,
  group,
  rule,
}: {
  readonly file: string;
  readonly group: string;
  readonly rule: string;
}) {
  const { t } = useTranslation();
  const answer = useAnswer({ subject: ['runbooks'], at: [], ask: fetchRunbooks });
  const found = answer.data?.rules.find(
    ({ rule: one }) => one.file === file && one.group === group && one.rule === rule,
  );
  if (found === undefined) return null;
  return found.runbook === null ? (
    <span className="dim">{t('runbooks.none')}</span>
  ) : (
    <RunbookLink link={found.runbook} />
  );
}
