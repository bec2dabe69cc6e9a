import type { Change } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { fetchChanges } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { PlotBox } from './options.ts';

const none: readonly Change[] = [];
const mostDrawn = 60;

/** What changed in the range shown, for a service or (empty) for all. */
export function useChanges(service: string): readonly Change[] {
  const { range } = useTime();
  const answer = useAnswer({
    subject: ['changes', service],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchChanges(range, service, signal),
  });
  return answer.data?.changes ?? none;
}

/** Deploys and other changes over a plot: a dashed line and a mark that says what it was. */
export function ChangeLayer({ changes, box }: { readonly changes: readonly Change[]; readonly box: PlotBox }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { x, left, top, width, height } = box;
  return changes
    .filter(({ timeMs }) => timeMs >= x.min && timeMs <= x.max)
    .slice(-mostDrawn)
    .map((one) => {
      const said = [t(`point.change.${one.kind}`), one.service, one.title, one.version].filter((text) => text !== '');
      const label = `${formats.dateTime(one.timeMs)} · ${said.join(' · ')}`;
      const style = { left: left + ((one.timeMs - x.min) / (x.max - x.min || 1)) * width, top, height };
      return one.url === '' ? (
        <span key={one.id} className="change-mark" style={style} title={label} role="img" aria-label={label} />
      ) : (
        <a
          key={one.id}
          className="change-mark"
          style={style}
          href={one.url}
          target="_blank"
          rel="noreferrer"
          title={label}
        >
          <span className="visually-hidden">{label}</span>
        </a>
      );
    });
}
