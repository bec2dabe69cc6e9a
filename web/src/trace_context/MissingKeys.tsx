import { IconCopy } from '@tabler/icons-react';
import type { MissingKey } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { Empty } from '../states/States.tsx';

/** Which keys are missing so that one thing leads to another, and what to write to add them. */
export function MissingKeys({ missing }: { readonly missing: readonly MissingKey[] }) {
  const { t } = useTranslation();
  const copy = useCopy();
  if (missing.length === 0) return <Empty title={t('context.nothingMissing')} height={70} />;
  return missing.map(({ key, service, words, snippet, document }) => (
    <div key={`${key} ${service} ${words}`} className="context-missing">
      <p title={words}>
        {key === 'metrics' ? words : t(`context.missingKey.${key}`, { service })}{' '}
        <span className="dim">{t('context.readOn', { document })}</span>
      </p>
      {snippet !== '' && (
        <div className="context-snippet">
          <code className="code-block">{snippet}</code>
          {key !== 'metrics' && (
            <IconButton size={22} label={t('context.copySnippet')} onClick={() => copy(snippet, t('actions.copied'))}>
              <IconCopy size={13} aria-hidden />
            </IconButton>
          )}
        </div>
      )}
    </div>
  ));
}
