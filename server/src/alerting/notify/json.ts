/** What JSON can hold; what a configuration gives verbatim to a provider. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
