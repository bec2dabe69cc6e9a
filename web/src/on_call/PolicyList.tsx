import { IconArrowDown, IconRepeat, IconUser } from '@tabler/icons-react';
import type { OnCallAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { type Person, personName } from './PersonMenu.tsx';

type Policy = OnCallAnswer['policies'][number];

interface Props {
  readonly policies: readonly Policy[];
  readonly people: readonly Person[];
}

/** Escalation policies drawn from the first step down: who is told, how long an acknowledgement is waited for. */
export function PolicyList({ policies, people }: Props) {
  return (
    <ul className="policies">
      {policies.map((policy) => (
        <PolicyCard key={policy.name} policy={policy} people={people} />
      ))}
    </ul>
  );
}

function PolicyCard({ policy, people }: { readonly policy: Policy; readonly people: readonly Person[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { name, steps, repeat } = policy;
  const target = (text: string): string => {
    const { kind, name: of } = targetOf(text);
    return t(`onCall.target.${kind}`, { name: kind === 'person' ? personName(of, people) : of });
  };
  return (
    <li className="policy">
      <h3>{name}</h3>
      <ol>
        {steps.map((step, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place among the steps.
          <li key={at}>
            <div className="policy-step">
              <span className="dim">{t('onCall.policyStep', { step: at + 1 })}</span>
              {step.notify.map((text) => (
                <span key={text} className="chip">
                  <IconUser size={13} aria-hidden /> {target(text)}
                </span>
              ))}
              <div className={step.receivers.length === 0 ? 'tone-error' : 'dim'}>
                {step.receivers.length === 0
                  ? t('onCall.policyNobody')
                  : t('onCall.policyReaches', { receivers: step.receivers.join(', ') })}
              </div>
            </div>
            {at < steps.length - 1 && (
              <div className="policy-wait dim">
                <IconArrowDown size={14} aria-hidden />
                {t('onCall.policyWait', { time: formats.duration(step.waitMs) })}
              </div>
            )}
          </li>
        ))}
      </ol>
      <div className="policy-wait dim">
        <IconRepeat size={14} aria-hidden />
        {repeat > 0 ? t('onCall.policyRepeat', { count: repeat }) : t('onCall.policyEnd')}
      </div>
    </li>
  );
}

const targetKinds = ['schedule', 'person', 'receiver'] as const;

/** `schedule:payments` and the like; a name without a kind is a receiver's. */
function targetOf(text: string): { readonly kind: (typeof targetKinds)[number]; readonly name: string } {
  const [before = ''] = text.split(':', 1);
  const kind = targetKinds.find((one) => one === before);
  return kind === undefined ? { kind: 'receiver', name: text } : { kind, name: text.slice(kind.length + 1) };
}
