import { ActionIcon, Button, Popover } from '@mantine/core';
import { IconCopy, IconFilterOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCopy } from '../app/Toasts.tsx';
import { type RuleSubject, relabelRule } from './relabelRule.ts';

interface Props {
  readonly subject: RuleSubject;
}

/** Opens the relabelling rule that takes a row's series or label away, to be copied. */
export function RuleButton({ subject }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [opened, setOpened] = useState(false);
  const what =
    subject.label === undefined
      ? t('cardinality.dropMetric')
      : subject.value === undefined
        ? t('cardinality.dropLabel')
        : t('cardinality.dropPair');
  const name = subject.value ?? subject.label ?? subject.metric ?? '';
  const text = relabelRule(subject);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={26}
          title={what}
          aria-label={`${what}: ${name}`}
          onClick={() => setOpened(!opened)}
        >
          <IconFilterOff size={15} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="rule-box">
          <strong>{what}</strong>
          <div className="dim">{t('cardinality.ruleHint')}</div>
          <pre className="code-block">{text}</pre>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconCopy size={13} aria-hidden />}
            onClick={() => copy(text, t('cardinality.copiedRule'))}
          >
            {t('cardinality.copyRule')}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
