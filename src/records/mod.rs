//! What is written for people and scripts: clip_urls.txt, moments.tsv, models.
