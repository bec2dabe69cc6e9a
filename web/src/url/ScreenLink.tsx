import type { AnchorHTMLAttributes, ReactNode } from 'react';
import { Link } from 'wouter';
import { type Patch, screenHref, useSharedSearch } from './view.ts';

interface Props extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: string;
  readonly with?: Patch;
  readonly children: ReactNode;
}

/** A link to another screen that keeps time, zone and scope. */
export function ScreenLink({ to, with: patch, children, ...rest }: Props) {
  const search = useSharedSearch();
  return (
    <Link href={screenHref(to, patch, search)} {...rest}>
      {children}
    </Link>
  );
}
