import type { OnCallAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { Panel } from '../states/Panel.tsx';
import { PersonChip } from './PersonChip.tsx';

interface Props {
  readonly people: OnCallAnswer['people'];
  readonly me: string;
}

/** Everybody who can be on call, and the receivers that reach them. */
export function PeoplePanel({ people, me }: Props) {
  const { t } = useTranslation();
  return (
    <Panel title={t('onCall.people')}>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{t('onCall.people')}</th>
              <th>{t('onCall.onCallFor')}</th>
              <th>{t('onCall.receivers')}</th>
              <th className="wide-cell">{t('onCall.zone')}</th>
            </tr>
          </thead>
          <tbody>
            {people.map(({ id, zone, receivers, onCall }) => (
              <tr key={id}>
                <td>
                  <PersonChip id={id} people={people} me={me} />
                </td>
                <td>{onCall.join(', ') || '–'}</td>
                <td className={receivers.length === 0 ? 'tone-error' : 'break'}>{receivers.join(', ') || '–'}</td>
                <td className="dim wide-cell">{zone}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
