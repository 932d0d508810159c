# A function on an image that is not Lambda's: Debian's Python with Lambda's runtime interface client. Its folder has app.py and
# config.yaml. The image needs glibc and a shell for the extension, so python:3.13-alpine and distroless images do not work.

FROM cache-extension:arm64 AS cache-extension

FROM python:3.13-slim-bookworm
RUN pip install --no-cache-dir awslambdaric==4.2.2
COPY --from=cache-extension /opt/ /opt/
WORKDIR /var/task
COPY app.py config.yaml ./
ENTRYPOINT ["python", "-m", "awslambdaric"]
CMD ["app.handler"]
