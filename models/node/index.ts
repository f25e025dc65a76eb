/** What needs Node.js: files of models from registries, blob stores and folders. */

export { describeFolder, PublishError, type DescribeFolderRequest } from './describe-folder';
export { openUrl, readUrl, type DownloadOptions, type Fetch } from './download';
export { ModelFileUnavailableError, ModelSourceError, type SourceFailure } from './errors';
export {
    LibraryEntryDamagedError,
    openModelLibrary,
    type LibraryListing,
    type ModelLibrary,
} from './library';
export { openNpmFile, type NpmFileOptions, type NpmSource } from './npm-file';
export {
    obtainModelFiles,
    type ModelFileTarget,
    type ObtainOptions,
    type ObtainProgress,
} from './obtain-files';
