export { initTls, loadTls, type TlsMaterial, type TlsState } from "./tls-files.js";
