import type { HttpMethod, MediaType, OperationRequestBodyContent, PathsWithMethod, SuccessResponse } from 'openapi-typescript-helpers'
import { server } from '@/platform/server'
import { signedOut, token } from '@/state/session'
import { ApiError, problemOf } from './problem'
import type { paths } from './schema'

type Operation<P extends keyof paths, M extends HttpMethod> = M extends keyof paths[P] ? NonNullable<paths[P][M]> : never
type Body<O> = [NonNullable<OperationRequestBodyContent<O>>] extends [never]
  ? { body?: never }
  : { body: NonNullable<OperationRequestBodyContent<O>> }
type Place<O> = O extends { parameters: { path: infer X } } ? { path: X } : { path?: never }
type Query<O> = O extends { parameters: { query?: infer X } } ? { query?: X } : { query?: never }
type Headers<O> = O extends { parameters: { header?: infer X } } ? { header?: X } : { header?: never }
type Options<O> = Body<O> & Place<O> & Query<O> & Headers<O>
type Answer<O> = O extends { responses: infer R extends Record<string | number, unknown> } ? SuccessResponse<R, MediaType> : never

interface Plain {
  body?: unknown
  path?: Record<string, unknown>
  query?: Record<string, unknown>
  header?: Record<string, unknown>
}

/** Milliseconds after which a call is given up; the same call may be sent again. */
const PATIENCE = 20_000
/** The same where the server looks through a whole film or scan before it answers. */
const LONG_PATIENCE = 90_000

/** The address of an operation. Mini-programs have no `URLSearchParams`. */
export function address(path: string, o: Plain = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(o.path?.[key])))
  const asked = Object.entries(o.query ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '')
  const query = asked.map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')
  return server() + '/api/v1' + filled + (query ? '?' + query : '')
}

/** Headers that every call carries. */
export function identity(): Record<string, string> {
  const held = token()
  return held ? { authorization: 'Bearer ' + held } : {}
}

/**
 * One operation of `openapi/applicant.json`. A path, a field or a missing body that the contract does not know is a
 * compile error. Rejects with {@link ApiError}: what happened and what to do, in words.
 */
export function call<M extends 'get' | 'post' | 'put' | 'delete', P extends PathsWithMethod<paths, M>>(
  method: M,
  path: P,
  ...options: Record<string, never> extends Options<Operation<P, M>>
    ? [Options<Operation<P, M>>?]
    : [Options<Operation<P, M>>]
): Promise<Answer<Operation<P, M>>> {
  return send(method, String(path), ((options as unknown[])[0] ?? {}) as Plain)
}

/** A call whose types somebody else answers for; {@link call} is the way for all that the contract knows. */
export function send<T>(method: string, path: string, o: Plain = {}): Promise<T> {
  const sent = token()
  return new Promise((resolve, reject) => {
    uni.request({
      url: address(path, o),
      method: method.toUpperCase() as 'GET',
      data: o.body as object,
      timeout: String(path).endsWith('/finish') ? LONG_PATIENCE : PATIENCE,
      header: { 'content-type': 'application/json', ...identity(), ...(o.header as object) },
      success: ({ statusCode, data, header }) => {
        if (statusCode >= 200 && statusCode < 300) return resolve(data as T)
        const error = problemOf(statusCode, data, header)
        if (statusCode === 401 && sent) signedOut(sent)
        reject(error)
      },
      fail: () => reject(ApiError.network()),
    })
  })
}
