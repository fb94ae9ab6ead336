"""The page of the pipeline: figures, charts, every open deal and every account in one HTML file that needs nothing."""
