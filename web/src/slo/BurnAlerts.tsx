import { IconCircleCheck, IconFlame } from '@tabler/icons-react';
import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { rulePage, ruleQuery } from '../alerts/rulePath.ts';
import { useFormats } from '../i18n/format.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { useSloWords } from './useSloWords.ts';

type Condition = SloDetail['alerts'][number];

/** What each alert of an objective looks at: burn over a short and a long window against its threshold. */
export function BurnAlerts({ objective: { alerts, burn, file, minEvents } }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (alerts.length === 0) return <BurnWindows burn={burn} />;
  return (
    <div className="scroll-x">
      {minEvents > 0 && (
        <p className="panel-text dim">{t('slo.minEvents', { events: formats.value(minEvents, 'short') })}</p>
      )}
      <table className="table">
        <thead>
          <tr>
            <th>{t('slo.alert')}</th>
            <th className="right">{t('slo.threshold')}</th>
            <th className="right">{t('slo.shortWindow')}</th>
            <th className="right">{t('slo.longWindow')}</th>
            <th className="wide-cell">{t('slo.state')}</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((condition) => (
            <ConditionRow
              key={`${condition.severity} ${condition.shortSeconds} ${condition.longSeconds}`}
              condition={condition}
              file={file}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ConditionRow({ condition, file }: { readonly condition: Condition; readonly file: string }) {
  const { t } = useTranslation();
  const words = useSloWords();
  const { severity, alert, group, threshold, shortSeconds, longSeconds, shortRate, longRate, isBurning } = condition;
  return (
    <tr>
      <td className="break slo-alert">
        {alert !== '' && (
          <ScreenLink to={rulePage} with={ruleQuery({ file, group, rule: alert })}>
            {alert}
          </ScreenLink>
        )}
        <div className="dim">
          {t(`slo.severity.${severity}`)}
          {isBurning && <span className="tone-error narrow-only"> · {t('slo.burning')}</span>}
        </div>
      </td>
      <td className="right num">{words.burn(threshold)}</td>
      <Rate seconds={shortSeconds} rate={shortRate} threshold={threshold} />
      <Rate seconds={longSeconds} rate={longRate} threshold={threshold} />
      <td className="wide-cell">
        {isBurning ? (
          <span className="with-icon tone-error strong">
            <IconFlame size={15} aria-hidden /> {t('slo.burning')}
          </span>
        ) : (
          <span className="with-icon dim">
            <IconCircleCheck size={15} aria-hidden /> {t('slo.calm')}
          </span>
        )}
      </td>
    </tr>
  );
}

interface RateProps {
  readonly seconds: number;
  readonly rate: number | null;
  readonly threshold: number;
}

function Rate({ seconds, rate, threshold }: RateProps) {
  const formats = useFormats();
  const words = useSloWords();
  return (
    <td className={`right num ${rate !== null && rate > threshold ? 'tone-error strong' : ''}`}>
      {words.burn(rate)}
      <div className="dim">{formats.duration(seconds * 1000)}</div>
    </td>
  );
}

function BurnWindows({ burn }: Pick<SloDetail, 'burn'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  return (
    <>
      <p className="panel-text dim">{t('slo.noAlerts')}</p>
      <ul className="slo-windows">
        {burn.map(({ windowSeconds, rate }) => (
          <li key={windowSeconds}>
            <span className="dim">{formats.duration(windowSeconds * 1000)}</span>
            <span className="num">{words.burn(rate)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
