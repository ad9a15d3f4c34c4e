"""The dashboard's entry, which `streamlit run` finds; the folder that it lies in is on the path.

It is read twice: by the server, for what it serves beside the pages, and then as the script of each page.
"""

import os

if __name__ == "__main__":
    from dashboard.app import main

    main()
else:
    from streamlit import config
    from streamlit.starlette import App

    from dashboard import files, first_paint, security, sign_in

    base = config.get_option("server.baseUrlPath")
    guard = security.middleware(base, config.get_option("server.address"), os.environ, sign_in.secrets() or {})
    middleware = [guard, *files.middleware(base), first_paint.middleware(base)]
    app = App(__file__, routes=files.routes(base), middleware=middleware, lifespan=files.lifespan)
