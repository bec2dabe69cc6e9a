import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { fetchPreview } from '../data/slo.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly objective: SloDetail;
  readonly change: Range | { readonly without: string };
}

/** What a change of the exclusions would do to the budget, before it is made. */
export function ExclusionEffect({ objective, change }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const { name, remaining, bad } = objective;
  const answer = useAnswer({
    subject: ['slo-preview', name, change],
    at: [objective.countedUntilMs],
    ask: (signal) => fetchPreview(name, change, signal),
  });
  return (
    <Answered answer={answer} height={40}>
      {(preview) => (
        <div role="status">
          {t('slo.left')}: <span className="num">{words.budget(remaining)}</span> →{' '}
          <strong className="num">{words.budget(preview.remaining)}</strong>
          <div className="dim">
            {t('slo.badChange', {
              before: formats.value(bad, 'short'),
              after: formats.value(preview.bad, 'short'),
            })}
          </div>
        </div>
      )}
    </Answered>
  );
}
