/** The HTTP interfaces of a node: one for everybody, one for its operator. */

export { adminApp, type AdminAppOptions, toJson } from './admin-app';
export { type HttpTimeouts, listenGuarded, type ListenOptions } from './listen-guarded';
export { type NodeHealth, publicApp, type PublicAppOptions, type PublicView } from './public-app';
export {
    createUploads,
    DEFAULT_UPLOADS,
    type UploadLimits,
    type Uploads,
    type UploadsOptions,
} from './uploads';
