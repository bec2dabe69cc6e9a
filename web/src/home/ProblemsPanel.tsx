import { IconAlertTriangle, IconCircleCheck, IconFlame, IconInfoCircle } from '@tabler/icons-react';
import type { Problem } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useScope } from '../app/useServices.ts';
import { fetchProblems } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { problemPlace, problemValue } from './problemText.ts';

const icons = { error: IconFlame, warning: IconAlertTriangle, info: IconInfoCircle };

function useWords(): (problem: Problem) => string {
  const { t } = useTranslation();
  const formats = useFormats();
  return (problem) => {
    if (problem.value === null && !['silent', 'target_down', 'read_only'].includes(problem.kind)) return problem.words;
    if (problem.kind === 'error_logs') return t('problems.error_logs', { count: Math.round(problem.value ?? 0) });
    return t(`problems.${problem.kind}`, { value: problemValue(problem.kind, problem.value ?? 0, formats) });
  };
}

function Row({ problem }: { readonly problem: Problem }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useWords();
  const Icon = icons[problem.severity];
  const place = problemPlace(problem);
  return (
    <li>
      <ScreenLink to={place.path} with={place.patch} className="problem" title={problem.words}>
        <span
          className={`problem-icon tone-${problem.severity}`}
          role="img"
          aria-label={t(`problems.severity.${problem.severity}`)}
        >
          <Icon size={17} stroke={1.8} aria-hidden />
        </span>
        <strong>{problem.subject === '' ? t('problems.self') : problem.subject}</strong>
        <span className="problem-words">{words(problem)}</span>
        {problem.before !== null && (
          <span className="dim num">
            {t('problems.before', { value: problemValue(problem.kind, problem.before, formats) })}
          </span>
        )}
        <span className="problem-since dim num">
          {problem.sinceMs !== null && t('home.since', { time: formats.short(problem.sinceMs) })}
        </span>
      </ScreenLink>
    </li>
  );
}

/** The ranked list of what is wrong now. */
export function ProblemsPanel() {
  const { t } = useTranslation();
  const { range } = useTime();
  const scope = useScope();
  const answer = useAnswer({
    subject: ['problems', scope],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchProblems(range, scope, signal),
  });
  return (
    <Panel title={t('home.problems')} className="home-problems">
      <Answered answer={answer} height={90}>
        {({ problems, notes }) => (
          <>
            {notes.partial && <PartialNote warnings={notes.warnings} />}
            {problems.length === 0 ? (
              <div className="all-well">
                <IconCircleCheck size={18} className="tone-ok" aria-hidden /> {t('home.noProblems')}
              </div>
            ) : (
              <ol className="problems">
                {problems.slice(0, 12).map((problem) => (
                  <Row key={problem.id} problem={problem} />
                ))}
              </ol>
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}
