/** What an expression evaluates to; `none` is the type of nothing. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string' | 'none';
