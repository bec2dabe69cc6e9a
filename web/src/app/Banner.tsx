import { IconAlertTriangle, IconClockExclamation, IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStatus } from './useStatus.ts';

const behindWorthSayingMs = 5000;

function Line({
  tone,
  icon,
  children,
}: {
  readonly tone: 'error' | 'warning';
  readonly icon: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className={`banner tone-${tone}`} role="alert">
      {icon}
      <span>{children}</span>
    </div>
  );
}

/** What is wrong with the program itself, and what still works. Nothing when all is well. */
export function Banner() {
  const { t } = useTranslation();
  const status = useStatus();
  if (status.failure !== null && status.failure.status === 0) {
    return (
      <Line tone="error" icon={<IconPlugConnectedX size={16} aria-hidden />}>
        {t('states.unreachable')}. {t('states.unreachableHint')}
      </Line>
    );
  }
  if (status.data === undefined) return null;
  const { readOnly, readOnlyReason, store, wal } = status.data;
  const words = {
    starting: t('states.storeStarting'),
    restarting: t('states.storeRestarting'),
    down: t('states.storeDownState'),
    ready: '',
  };
  if (readOnly) {
    return (
      <Line tone="error" icon={<IconLock size={16} aria-hidden />}>
        {t('states.readOnly')}
        {readOnlyReason !== null && ` · ${readOnlyReason}`}
      </Line>
    );
  }
  if (store.state !== 'ready') {
    return (
      <Line tone="warning" icon={<IconAlertTriangle size={16} aria-hidden />}>
        {t('states.storeDown', { state: words[store.state] })}
        {store.message !== null && ` · ${store.message}`}
      </Line>
    );
  }
  if (wal.behindMs > behindWorthSayingMs) {
    return (
      <Line tone="warning" icon={<IconClockExclamation size={16} aria-hidden />}>
        {t('states.behind', { seconds: Math.round(wal.behindMs / 1000) })}
      </Line>
    );
  }
  return null;
}
