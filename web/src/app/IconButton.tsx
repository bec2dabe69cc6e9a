import { ActionIcon, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
  readonly active?: boolean;
  readonly disabled?: boolean;
  readonly size?: number;
}

/** A button of one icon, with its name as tooltip and for screen readers. */
export function IconButton({ label, onClick, children, active, disabled = false, size = 30 }: Props) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        variant={active === true ? 'light' : 'subtle'}
        color={active === true ? 'blue' : 'gray'}
        size={size}
        aria-label={label}
        {...(active === undefined ? {} : { 'aria-pressed': active })}
        disabled={disabled}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
