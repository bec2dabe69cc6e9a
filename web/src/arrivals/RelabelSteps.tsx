import { useTranslation } from 'react-i18next';
import { type Labels, relabelSteps } from '../data/prometheus.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { relabelDiff, ruleText } from './relabelDiff.ts';

interface RelabelStepsProps {
  readonly job: string;
  /** Labels before relabelling. */
  readonly discovered: Labels;
}

/** What each relabelling rule of a job makes of a target, step by step. */
export function RelabelSteps({ job, discovered }: RelabelStepsProps) {
  const { t } = useTranslation();
  const answer = useAnswer({
    subject: ['relabel', job, JSON.stringify(discovered)],
    at: [],
    ask: (signal) => relabelSteps(job, discovered, signal),
  });
  return (
    <div className="relabel">
      <h3>{t('data.discovered')}</h3>
      <LabelTable labels={discovered} />
      <h3>{t('data.relabelling')}</h3>
      <Answered answer={answer} height={60}>
        {(steps) =>
          steps.length === 0 ? (
            <p className="dim">{t('data.noRules')}</p>
          ) : (
            <ol>
              {steps.map((step, i) => {
                const changes = relabelDiff(steps[i - 1]?.output ?? discovered, step.output);
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rules have no name but their place
                  <li key={i}>
                    <code className="break">
                      {step.rule.action} {ruleText(step.rule)}
                    </code>
                    {step.keep ? (
                      <ul className="relabel-changes">
                        {changes.length === 0 && <li className="dim">{t('data.noChange')}</li>}
                        {changes.map(({ name, before, after }) => (
                          <li key={name} className="mono break">
                            {name}: {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
                          </li>
                        ))}
                      </ul>
                    ) : (
                      <p className="tone-warning">{t('data.droppedHere')}</p>
                    )}
                  </li>
                );
              })}
            </ol>
          )
        }
      </Answered>
    </div>
  );
}

function LabelTable({ labels }: { readonly labels: Labels }) {
  return (
    <ul className="relabel-changes">
      {Object.keys(labels)
        .sort()
        .map((name) => (
          <li key={name} className="mono break">
            {name}: {labels[name]}
          </li>
        ))}
    </ul>
  );
}
