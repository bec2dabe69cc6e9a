import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchSilence, type Silence } from '../../data/silences.ts';
import { Answered } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useView } from '../../url/view.ts';
import { fromSilence, readMatchers } from '../labels/matchers.ts';
import { type SilenceDraft, SilenceForm } from './SilenceForm.tsx';

const usualMs = 2 * 3_600_000;

/** The page of a new silence (`filter`), or of one to be changed or made again (`id`). */
export function SilenceFormScreen() {
  const { t } = useTranslation();
  const { params } = useView();
  const id = params.get('id') ?? '';
  const filter = params.get('filter') ?? '';
  const title = id === '' ? t('silences.new') : t('silences.editTitle');
  useTitle(title);
  const answer = useAnswer({
    subject: ['silence', id],
    at: [],
    ask: (signal) => fetchSilence(id, signal),
    enabled: id !== '',
  });
  const fresh: SilenceDraft = {
    ...{ id: '', matchers: readMatchers(filter) ?? [], startsMs: null, comment: '', createdBy: '' },
    endsMs: Date.now() + usualMs,
  };
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{title}</h1>
      </div>
      {id === '' ? (
        <SilenceForm key={filter} draft={fresh} />
      ) : (
        <Answered answer={answer} height={200}>
          {(silence) => <SilenceForm key={silence.id} draft={draftOf(silence)} />}
        </Answered>
      )}
    </div>
  );
}

/** One that is over begins anew. */
function draftOf({ id, status, matchers, startsAt, endsAt, comment, createdBy }: Silence): SilenceDraft {
  const over = status.state === 'expired';
  return {
    id: over ? '' : id,
    matchers: matchers.map(fromSilence),
    startsMs: over ? null : Date.parse(startsAt),
    endsMs: over ? Date.now() + usualMs : Date.parse(endsAt),
    ...{ comment, createdBy },
  };
}
