"""Reports for people: one self-contained HTML file each, in English and Chinese, of constant size."""
