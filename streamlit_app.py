"""The dashboard's entry, which `streamlit run` finds; the folder that it lies in is on the path."""

from dashboard.app import main

main()
