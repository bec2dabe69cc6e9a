/** Our own API of saved views. Each call answers with all views of the screen, the newest first. */
import * as contract from '@trilith/contract';
import { getJson, sendJson } from './http.ts';

const path = '/api/views';

export async function fetchViews(screen: contract.ViewScreen): Promise<readonly contract.SavedView[]> {
  return (await getJson(path, { screen }, contract.savedViewsAnswer)).views;
}

export async function keepView(view: contract.SavedView): Promise<readonly contract.SavedView[]> {
  return (await sendJson('PUT', path, {}, view, contract.savedViewsAnswer)).views;
}

export async function removeView(screen: contract.ViewScreen, name: string): Promise<readonly contract.SavedView[]> {
  return (await sendJson('DELETE', path, { screen, name }, undefined, contract.savedViewsAnswer)).views;
}
