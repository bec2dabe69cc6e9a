import { IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useStatus } from '../app/useStatus.ts';
import { Panel } from '../states/Panel.tsx';
import { senders } from './senders.ts';

/** Configurations to copy, with this server's own addresses. */
export function SendersPanel() {
  const { t } = useTranslation();
  const copy = useCopy();
  const doors = useStatus().data?.doors;
  const all = senders({
    origin: window.location.origin,
    otlpHttp: doors?.otlpHttp ?? null,
    otlpGrpc: doors?.otlpGrpc ?? null,
  });
  const [chosen, setChosen] = useState('otlp');
  const sender = all.find((one) => one.id === chosen);
  return (
    <Panel title={t('data.senders')} tools={<span className="dim wide-cell">{t('data.sendersHint')}</span>}>
      <div className="senders">
        <div className="sender-list">
          {all.map((one) => (
            <button
              type="button"
              key={one.id}
              className="menu-row"
              data-active={one.id === chosen || undefined}
              aria-pressed={one.id === chosen}
              onClick={() => setChosen(one.id)}
            >
              {one.name}
            </button>
          ))}
        </div>
        {sender !== undefined && (
          <div className="sender-code">
            <div className="field-label">{sender.place}</div>
            <pre className="code-block">{sender.text}</pre>
            <div className="copy-corner">
              <IconButton label={t('actions.copy')} onClick={() => copy(sender.text, t('actions.copied'))}>
                <IconCopy size={15} aria-hidden />
              </IconButton>
            </div>
            {doors !== undefined && doors.otlpHttp === null && <p className="dim">{t('data.otlpClosed')}</p>}
          </div>
        )}
      </div>
    </Panel>
  );
}
