import { Modal } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { strokeText } from './chords.ts';
import { keymap, keySections } from './keymap.ts';

export function HelpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('keys.title')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <p className="dim help-note">{t('keys.note')}</p>
      <div className="help-columns">
        {keySections.map((section) => (
          <section key={section.id}>
            <h3>{t(`keys.sections.${section.id}`)}</h3>
            <dl className="help-keys">
              {section.actions.map((action) => (
                <Fragment key={action}>
                  <dt>
                    {keymap[action].map((stroke) => (
                      <kbd key={stroke + action}>{strokeText(stroke)}</kbd>
                    ))}
                  </dt>
                  <dd>{t(`keys.${action}`)}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
