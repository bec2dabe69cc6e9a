import findMyWay from 'find-my-way';
import type { Route } from './http.ts';

/** What a request's method and path lead to. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export interface Router {
  /** The route and its parameters, or null when nothing matches. */
  match(method: string, path: string): RouteMatch | null;
}

/** Builds a radix-tree router. Throws when two routes have the same method and path. HEAD is answered by GET routes. */
export function createRouter(routes: readonly Route[]): Router {
  const tree = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 1024 });
  const never = (): void => {
    throw new Error('routes are matched, not called');
  };
  for (const route of routes) tree.on(route.method, route.path, never, route);
  return {
    match(method, path) {
      const found = tree.find(method === 'HEAD' ? 'GET' : (method as Route['method']), path);
      if (found === null) return null;
      const params: Record<string, string> = Object.create(null);
      for (const [name, value] of Object.entries(found.params)) if (value !== undefined) params[name] = value;
      return { route: found.store as Route, params };
    },
  };
}
