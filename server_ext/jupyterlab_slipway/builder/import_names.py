"""Which package brings a module, where the two names differ."""

from __future__ import annotations

_PACKAGES = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "docx": "python-docx",
    "pkg_resources": "setuptools",
    "distutils": "setuptools",
    "Crypto": "pycryptodome",
    "attr": "attrs",
    "google": "protobuf",
    "jwt": "PyJWT",
    "serial": "pyserial",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "umap": "umap-learn",
    "imblearn": "imbalanced-learn",
    "fitz": "PyMuPDF",
    "faiss": "faiss-cpu",
    "community": "python-louvain",
    "zmq": "pyzmq",
}


def package_of(module: str) -> str:
    """The likely name on the package index of what `import module` needs."""
    top = module.partition(".")[0]
    return _PACKAGES.get(top, top)
