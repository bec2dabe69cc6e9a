import { IconChevronRight } from '@tabler/icons-react';
import type { AlertGroupNow } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { guessUnit } from '../../chart/units.ts';
import { useFormats } from '../../i18n/format.ts';
import { RunbookOfAlert } from '../../runbooks/RunbookLink.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { LabelChips } from '../labels/LabelChips.tsx';
import { placesOf, silencePage, silenceQuery } from '../links.ts';
import { ThresholdSpark } from './ThresholdSpark.tsx';
import { isHeld } from './toldState.ts';
import type { AlertValue } from './useAlertValues.ts';

interface Props {
  readonly alert: AlertGroupNow['alerts'][number];
  readonly value: AlertValue | undefined;
  /** Labels the group has said already. */
  readonly common: Readonly<Record<string, string>>;
  readonly nowMs: number;
  /** The only one of its group: the card says its age already. */
  readonly alone: boolean;
  readonly onPick: (name: string, value: string) => void;
}

/** One alert of a group: what tells it apart, since when, its value against the threshold, and where to look. */
export function AlertRow({ alert, value, common, nowMs, alone, onPick }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [more, setMore] = useState(alone);
  const { labels, annotations, startsAtMs } = alert;
  const own = Object.fromEntries(Object.entries(labels).filter(([name]) => !Object.hasOwn(common, name)));
  const said = annotations.summary ?? annotations.description ?? annotations.message ?? '';
  const pick = { onPick, pickLabel: (pair: string) => t('alerts.onlyWith', { pair }) };
  return (
    <li className="alert-row" data-held={isHeld(alert) || undefined}>
      <div className="alert-row-head">
        <button
          type="button"
          className="pattern-open"
          aria-expanded={more}
          aria-label={t('alerts.details')}
          onClick={() => setMore(!more)}
        >
          <IconChevronRight size={14} aria-hidden />
        </button>
        <div className="alert-row-words">
          <LabelChips labels={own} {...pick} />
          {said !== '' && <span className="break">{said}</span>}
          {!alone && <span className="dim num">{formats.ago(startsAtMs, nowMs)}</span>}
          <HeldBy alert={alert} />
        </div>
        {value !== undefined && <ValueNow value={value} />}
      </div>
      {more && (
        <div className="alert-row-body">
          <Annotations annotations={annotations} />
          <div className="alert-links">
            <RunbookOfAlert fingerprint={alert.fingerprint} />
            {placesOf(alert, nowMs).map(({ key, to, with: query }) => (
              <ScreenLink key={key} to={to} with={query}>
                {t(`alerts.places.${key}`)}
              </ScreenLink>
            ))}
            <ScreenLink to={silencePage} with={silenceQuery(labels)}>
              {t('alerts.silenceThis')}
            </ScreenLink>
          </div>
        </div>
      )}
    </li>
  );
}

function ValueNow({ value: { plotted, values, last } }: { readonly value: AlertValue }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const unit = guessUnit(plotted.expr);
  const now = formats.value(last, unit);
  const limit = plotted.threshold === undefined ? '' : formats.value(plotted.threshold, unit);
  return (
    <div className="alert-value">
      <ThresholdSpark values={values} threshold={plotted.threshold} />
      <span className="num" title={plotted.expr}>
        {limit === '' ? now : t('alerts.valueNow', { now, limit })}
      </span>
    </div>
  );
}

/** Why an alert is told to nobody, with what to look at. */
function HeldBy({ alert: { silencedBy, inhibitedBy } }: Pick<Props, 'alert'>) {
  const { t } = useTranslation();
  return (
    <>
      {silencedBy.slice(0, 1).map((id) => (
        <ScreenLink key={id} className="chip" to="/alerts/silences" with={{ id }}>
          {t('alerts.muted.silenced')}
        </ScreenLink>
      ))}
      {inhibitedBy.length > 0 && (
        <span className="chip" title={inhibitedBy.join(', ')}>
          {t('alerts.muted.inhibited')}
        </span>
      )}
    </>
  );
}

const said = new Set(['runbook', 'runbook_url', 'summary']);

function Annotations({ annotations }: { readonly annotations: Readonly<Record<string, string>> }) {
  const rest = Object.entries(annotations).filter(([name, text]) => !said.has(name) && text !== '');
  if (rest.length === 0) return null;
  return (
    <dl className="alert-annotations">
      {rest.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="break">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
